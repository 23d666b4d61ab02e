public import Base
public import JSON

/// The state tree that clients see, as values. Derived from the owners of each part; `json` is its form on the wire.
public struct RoomState: Hashable, Sendable {
    public var room: Room
    /// nil between meetings.
    public var meeting: Meeting?
    public var microphone: Microphone
    public var camera: Camera
    public var speaker: Speaker
    public var display: Display
    public var content: Content
    public var schedule: Schedule
    public var health: Health
    public var system: System

    /// Between meetings, with nothing configured: everything is off.
    public init(room: Room, system: System) {
        self.room = room
        self.system = system
        meeting = nil
        microphone = Microphone()
        camera = Camera()
        speaker = Speaker()
        display = Display()
        content = Content()
        schedule = Schedule()
        health = Health()
    }

    public var json: JSONValue { json(schedule: schedule.json) }

    /// - Parameter schedule: the JSON of `self.schedule`, for who has it already.
    public func json(schedule: JSONValue) -> JSONValue {
        [
            "room": room.json,
            "meeting": meeting?.json ?? .null,
            "microphone": microphone.json,
            "camera": camera.json,
            "speaker": speaker.json,
            "display": display.json,
            "content": content.json,
            "schedule": schedule,
            "health": health.json,
            "system": system.json,
        ]
    }

    public struct Room: Hashable, Sendable {
        public var name: String
        /// IANA name.
        public var timezone: String

        public init(name: String, timezone: String) {
            self.name = name
            self.timezone = timezone
        }

        var json: JSONValue { ["name": .string(name), "timezone": .string(timezone)] }
    }

    public struct System: Hashable, Sendable {
        public var version: String
        public var started: UTCTime
        public var pid: Int

        public init(version: String, started: UTCTime, pid: Int) {
            self.version = version
            self.started = started
            self.pid = pid
        }

        var json: JSONValue {
            ["version": .string(version), "started": .instant(started), "pid": .integer(Int64(pid))]
        }
    }

    public struct Health: Hashable, Sendable {
        public enum Status: String, CaseIterable, Sendable { case ok, degraded, failed }

        public struct Problem: Hashable, Sendable {
            /// Dotted, stable, documented: `calendar.unreachable`.
            public var code: String
            /// A sentence for people.
            public var text: String
            public var since: UTCTime

            public init(code: String, text: String, since: UTCTime) {
                self.code = code
                self.text = text
                self.since = since
            }

            public var json: JSONValue {
                ["code": .string(code), "text": .string(text), "since": .instant(since)]
            }
        }

        public var status: Status
        public var problems: [Problem]

        public init(status: Status = .ok, problems: [Problem] = []) {
            self.status = status
            self.problems = problems
        }

        /// Also the result of `diagnostics.health`.
        public var json: JSONValue {
            ["status": .string(status.rawValue), "problems": .array(problems.map(\.json))]
        }
    }
}

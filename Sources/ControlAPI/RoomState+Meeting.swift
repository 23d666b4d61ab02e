public import Base
public import JSON

extension RoomState {
    public enum Role: String, CaseIterable, Hashable, Sendable { case host, cohost, participant }

    public struct Meeting: Hashable, Sendable {
        public enum Condition: String, CaseIterable, Sendable { case joining, joined, reconnecting, leaving }

        public var id: String
        /// Without passcode, token or secret.
        public var url: String
        public var title: String
        /// The name of the `[[service]]`, or the service's kind where none is configured.
        public var service: String
        public var state: Condition
        /// When the room joined; nil while joining.
        public var since: UTCTime?
        /// On the monotonic clock, seconds since `since` at the moment of publication; never patched.
        public var elapsed: Double
        public var role: Role
        /// The room's own id among the participants.
        public var selfID: String?
        public var host: String?
        /// The calendar event the room joined for.
        public var scheduled: String?
        public var locked: Bool
        public var capabilities: Capabilities
        public var recording: Recording?
        public var share: Share?
        public var participants: [String: Participant]
        public var activeSpeaker: String?
        public var requests: [String: Request]

        public init(id: String, url: String, title: String, service: String, state: Condition) {
            self.id = id
            self.url = url
            self.title = title
            self.service = service
            self.state = state
            since = nil
            elapsed = 0
            role = .participant
            selfID = nil
            host = nil
            scheduled = nil
            locked = false
            capabilities = Capabilities()
            recording = nil
            share = nil
            participants = [:]
            activeSpeaker = nil
            requests = [:]
        }

        public var json: JSONValue {
            [
                "id": .string(id), "url": .string(url), "title": .string(title), "service": .string(service),
                "state": .string(state.rawValue), "since": .optional(since), "elapsed": .number(elapsed),
                "role": .string(role.rawValue), "self": .optional(selfID), "host": .optional(host),
                "scheduled": .optional(scheduled), "locked": .bool(locked), "capabilities": capabilities.json,
                "recording": recording?.json ?? .null, "share": share?.json ?? .null,
                "participants": .object(participants.mapValues(\.json)), "activeSpeaker": .optional(activeSpeaker),
                "requests": .object(requests.mapValues(\.json)),
            ]
        }
    }

    /// What the meeting's service lets the room do; nothing else is offered.
    public struct Capabilities: Hashable, Sendable {
        public var muteParticipant = false
        public var requestMicrophone = false
        public var muteAll = false
        public var remove = false
        public var transferHost = false
        public var end = false
        public var record = false
        public var share = false
        public var lobby = false
        public var lock = false

        public init() {}

        var json: JSONValue {
            [
                "muteParticipant": .bool(muteParticipant), "requestMicrophone": .bool(requestMicrophone),
                "muteAll": .bool(muteAll), "remove": .bool(remove), "transferHost": .bool(transferHost),
                "end": .bool(end), "record": .bool(record), "share": .bool(share), "lobby": .bool(lobby),
                "lock": .bool(lock),
            ]
        }
    }

    public struct Recording: Hashable, Sendable {
        public enum Condition: String, CaseIterable, Sendable { case starting, recording, stopping }
        public enum Place: String, CaseIterable, Sendable { case local, service }

        public var state: Condition
        public var since: UTCTime
        public var place: Place

        public init(state: Condition, since: UTCTime, place: Place) {
            self.state = state
            self.since = since
            self.place = place
        }

        var json: JSONValue {
            ["state": .string(state.rawValue), "since": .instant(since), "where": .string(place.rawValue)]
        }
    }

    public struct Share: Hashable, Sendable {
        public var participant: String
        public var since: UTCTime

        public init(participant: String, since: UTCTime) {
            self.participant = participant
            self.since = since
        }

        var json: JSONValue { ["participant": .string(participant), "since": .instant(since)] }
    }

    public struct Participant: Hashable, Sendable {
        public enum Medium: String, CaseIterable, Sendable { case on, off, blocked }
        public enum Quality: String, CaseIterable, Sendable { case excellent, good, poor, lost }

        public var name: String
        public var role: Role
        /// The room itself.
        public var isSelf: Bool
        public var microphone: Medium
        public var camera: Medium
        public var sharing: Bool
        public var speaking: Bool
        public var hand: Bool
        public var quality: Quality

        public init(
            name: String, role: Role = .participant, isSelf: Bool = false, microphone: Medium = .off,
            camera: Medium = .off, sharing: Bool = false, speaking: Bool = false, hand: Bool = false,
            quality: Quality = .good
        ) {
            self.name = name
            self.role = role
            self.isSelf = isSelf
            self.microphone = microphone
            self.camera = camera
            self.sharing = sharing
            self.speaking = speaking
            self.hand = hand
            self.quality = quality
        }

        public var json: JSONValue {
            [
                "name": .string(name), "role": .string(role.rawValue), "self": .bool(isSelf),
                "microphone": .string(microphone.rawValue), "camera": .string(camera.rawValue),
                "sharing": .bool(sharing), "speaking": .bool(speaking), "hand": .bool(hand),
                "quality": .string(quality.rawValue),
            ]
        }
    }

    public struct Request: Hashable, Sendable {
        public var kind: String
        public var from: String
        public var to: String
        public var at: UTCTime

        public init(kind: String, from: String, to: String, at: UTCTime) {
            self.kind = kind
            self.from = from
            self.to = to
            self.at = at
        }

        var json: JSONValue {
            ["kind": .string(kind), "from": .string(from), "to": .string(to), "at": .instant(at)]
        }
    }
}

public import ControlAPI
public import Meeting
public import Scheduling

/// Names one command of a client from its arrival to its answer.
public struct CommandID: Hashable, Sendable {
    public let number: UInt64

    public init(_ number: UInt64) {
        self.number = number
    }
}

/// Names one stay in a meeting, from the join to the leave: what an earlier one still reports is told by it.
public struct MeetingGeneration: Hashable, Sendable {
    public let number: UInt64

    public init(_ number: UInt64) {
        self.number = number
    }
}

/// Everything that can happen to the room.
public enum RoomInput: Sendable {
    /// A client wants something done.
    case command(CommandID, Command, access: AccessLevel)
    /// The calendars are about to be read: what comes of it answers whoever has asked for a reading until now.
    case calendarReadingBegins
    /// A calendar was read, or could not be.
    case calendar(CalendarReading)
    case joined(MeetingGeneration, JoinReport)
    /// `detail` is for people: it names the server or what it said.
    case joinFailed(MeetingGeneration, MeetingError, detail: String?)
    case meeting(MeetingGeneration, MeetingEvent)
    /// The leave is done: the others have been told.
    case left(MeetingGeneration)
    /// A host command is done; files are those of a recording that was stopped.
    case operationDone(CommandID, Result<[String], MeetingError>)
    case device(DeviceReport)
    /// dBFS of the microphone before mute and of the loudspeaker.
    case levels(microphone: Double, speaker: Double)
    /// What media did in the last second of a meeting.
    case media(MediaReport)
    /// A problem appeared (text) or is over (nil).
    case problem(code: String, text: String?)
    /// The devices there are, all kinds.
    case inventory([ControlAPI.DeviceDescription])
    /// A device was selected or configured, and what is chosen from now on; behind what else was told of it before.
    case devicesSet(CommandID, Result<DeviceChoices, RPCError>)
    /// Somebody has closed or opened the microphone by its own key.
    case microphoneKey(isMuted: Bool)
    /// Somebody is in the room: they have chosen it with the television's remote control.
    case activity
    /// The daemon is to end: leave the meeting first.
    case shutdown
}

/// What one reading of all calendars gave.
public enum CalendarReading: Hashable, Sendable {
    /// No calendar is configured.
    case unconfigured
    /// `problem` is set when some of several calendars could not be read: their last known events are among `events`.
    /// `remark` tells of entries that could not be read in calendars that were.
    case events([CalendarEvent], problem: String?, remark: String? = nil)
    /// Nothing could be read; the events known from before stay.
    case failed(String)
}

/// What the service said when the room was let in.
public struct JoinReport: Hashable, Sendable {
    public var selfID: ParticipantID
    public var role: Meeting.Role
    /// The service's host secret of the configuration is not that of this meeting.
    public var isSecretRefused: Bool
    public var title: String?
    public var isFirst: Bool
    public var capabilities: Meeting.Capabilities
    /// The address, for a meeting that was started: it is known only now.
    public var url: String

    public init(
        selfID: ParticipantID, role: Meeting.Role, isSecretRefused: Bool = false, title: String?, isFirst: Bool,
        capabilities: Meeting.Capabilities, url: String
    ) {
        self.selfID = selfID
        self.role = role
        self.isSecretRefused = isSecretRefused
        self.title = title
        self.isFirst = isFirst
        self.capabilities = capabilities
        self.url = url
    }
}

/// What a device is really doing, told by the thread that drives it.
public enum DeviceReport: Hashable, Sendable {
    /// `isOpen`: what leaves the room is what the microphone hears; otherwise it is silence.
    case microphone(condition: Condition, isOpen: Bool, device: String?, channels: Int)
    case camera(condition: Condition, isOpen: Bool, device: String?, format: RoomState.Format?)
    case speaker(condition: Condition, volume: Int, isMuted: Bool, device: String?)
    case display(RoomState.Display.Condition, device: String?, mode: RoomState.Display.Mode?)
    case content(RoomState.Content)

    public enum Condition: Hashable, Sendable {
        /// None is configured.
        case absent
        case working
        case lost
    }
}

public import ControlAPI
public import JSON
public import Meeting

/// What the shell is to do for the room.
public enum RoomEffect: Sendable {
    case answer(CommandID, Result<JSONValue, RPCError>)
    case event(RoomEvent)
    case join(MeetingGeneration, JoinRequest)
    /// Also stops a join that is under way. Answered by `RoomInput.left`.
    case leave(MeetingGeneration)
    /// A host command; answered by `RoomInput.operationDone`.
    case operate(CommandID, Operation)
    /// Whether sound leaves the room at all; it does in a meeting, silence too, and nowhere else: what the state calls
    /// muted while the room is joining is so.
    case setSending(Bool)
    /// Answered by a `DeviceReport` once it is so.
    case setMicrophone(isOpen: Bool)
    case setCamera(isOpen: Bool)
    case setSpeaker(volume: Int, isMuted: Bool)
    case configureVideo(Command.VideoSettings)
    /// Also of the television behind it.
    case setDisplayPower(isOn: Bool)
    /// Answered by `RoomInput.devicesSet`, as is `configureDevice`.
    case selectDevice(CommandID, ControlAPI.DeviceKind, id: String)
    case configureDevice(CommandID, id: String, controls: [String: Int])
    case takeSnapshot(CommandID, width: Int)
    case takeStatistics(CommandID)
    /// nil: nobody waits for it.
    case refreshCalendars(CommandID?)
    case reportLevels(every: Duration?)
    case playCountdownSound
    /// To be on disk before the room joins, leaves or answers on account of the input that this comes from; everything
    /// else need not wait.
    case remember(RoomMemory)
    /// The meeting is left; the daemon may end.
    case readyToEnd
}

/// A meeting to be joined.
public struct JoinRequest: Hashable, Sendable {
    public enum Target: Hashable, Sendable {
        /// An address with its secrets.
        case address(MeetingAddress)
        /// A new meeting on the service with this address.
        case new(service: MeetingAddress, title: String?)
    }

    public var target: Target
    public var passcode: String?
    public var displayName: String
    /// How the room enters.
    public var microphone: Bool
    public var camera: Bool

    public init(target: Target, passcode: String?, displayName: String, microphone: Bool, camera: Bool) {
        self.target = target
        self.passcode = passcode
        self.displayName = displayName
        self.microphone = microphone
        self.camera = camera
    }
}

/// What a host does to the meeting.
public enum Operation: Hashable, Sendable {
    case mute(ParticipantID, blocked: Bool)
    case muteAll(selfUnmute: Bool)
    case remove(ParticipantID)
    case setRecording(Bool)
    case end
}

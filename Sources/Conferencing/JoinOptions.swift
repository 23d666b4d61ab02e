public import Meeting

/// Who the room is in a meeting, and what it brings along.
public struct JoinOptions: Sendable {
    public var displayName: String
    /// Beats the address's.
    public var passcode: String?
    /// Of the service's API.
    public var apiSecret: String?
    /// The secret of the meeting's room: with it the room is host.
    public var hostSecret: String?
    /// PEM file with certificates to trust besides the system's.
    public var caFile: String?
    public var relays: RelayOptions
    /// For everything from the first look-up of the name to media in both directions.
    public var timeout: Duration

    public init(
        displayName: String, passcode: String? = nil, apiSecret: String? = nil, hostSecret: String? = nil,
        caFile: String? = nil, relays: RelayOptions = RelayOptions(), timeout: Duration = .seconds(20)
    ) {
        self.displayName = displayName
        self.passcode = passcode
        self.apiSecret = apiSecret
        self.hostSecret = hostSecret
        self.caFile = caFile
        self.relays = relays
        self.timeout = timeout
    }
}

/// What the room can send, and how it enters.
public struct LocalMedia: Hashable, Sendable {
    public enum Track: Hashable, Sendable {
        /// There is no device.
        case none
        /// Is seen or heard.
        case open
        /// Is there, but sends silence or no picture.
        case closed
    }

    public var microphone: Track
    public var camera: Track

    public init(microphone: Track, camera: Track) {
        self.microphone = microphone
        self.camera = camera
    }

    func track(_ kind: TrackKind) -> Track {
        switch kind {
        case .audio: microphone
        case .video: camera
        case .screen: .none
        }
    }

    mutating func set(_ kind: TrackKind, open: Bool) {
        switch kind {
        case .audio where microphone != .none: microphone = open ? .open : .closed
        case .video where camera != .none: camera = open ? .open : .closed
        case .audio, .video, .screen: break
        }
    }

    /// Kinds for which there is a device, in the order of their media sections.
    var kinds: [TrackKind] { [.audio, .video].filter { track($0) != .none } }
}

/// The meeting one is in.
public struct JoinedMeeting: Hashable, Sendable {
    /// What its events are told by.
    public let stay: StayID
    /// With its passcode, if it has one.
    public let address: MeetingAddress
    public let selfID: ParticipantID
    public let role: Role
    /// The host's secret that was given was not accepted, so the room is a participant like others.
    public let isSecretRefused: Bool
    public let title: String?
    /// False after a return into the same meeting.
    public let first: Bool
    public let capabilities: Capabilities

    public init(
        stay: StayID, address: MeetingAddress, selfID: ParticipantID, role: Role, isSecretRefused: Bool = false,
        title: String?, first: Bool, capabilities: Capabilities
    ) {
        self.stay = stay
        self.address = address
        self.selfID = selfID
        self.role = role
        self.isSecretRefused = isSecretRefused
        self.title = title
        self.first = first
        self.capabilities = capabilities
    }
}

/// Everything the administrator sets, as values; what the file leaves out has its default. See Config/roomd.toml.
public struct RoomConfiguration: Hashable, Sendable {
    public var room = Room()
    public var control = Control()
    public var devices = Devices()
    public var video = Video()
    public var join = Join()
    public var calendars: [Calendar] = []
    public var network = Network()
    public var storage = Storage()
    public var services: [Service] = []

    public init() {}

    public struct Room: Hashable, Sendable {
        /// Shown on the display and announced in meetings.
        public var name = "Meeting room"
        /// IANA name; nil: the machine's own.
        public var timezone: String?
        /// The room's mailbox, to find its own answer to an invitation; lower case.
        public var address: String?
        /// Of the display, a BCP 47 tag.
        public var language = "en"
    }

    public struct Control: Hashable, Sendable {
        public var socket = "/run/roomd/control.sock"
        /// Names of groups; nil for none (an empty string in the file).
        public var operators: String? = "roomd-control"
        public var observers: String? = "roomd-monitor"
    }

    /// Device specifications as they were written; `Simulation` and `Hardware` read them.
    public struct Devices: Hashable, Sendable {
        public var camera = "auto"
        public var microphone = "auto"
        public var speaker = "auto"
        public var display = "auto"
        public var content = "none"
    }

    public struct Video: Hashable, Sendable {
        public enum Codec: String, CaseIterable, Hashable, Sendable { case vp8, vp9 }

        /// Pixels, even.
        public var width = 1280
        public var height = 720
        /// Frames per second.
        public var frameRate = 30.0
        /// Bits per second; nil: automatic.
        public var maxBitrate: Int?
        public var codec = Codec.vp8
    }

    public struct Join: Hashable, Sendable {
        public enum Policy: String, CaseIterable, Hashable, Sendable {
            /// Whatever the calendar has.
            case always
            /// What the room's mailbox has accepted.
            case accepted
            /// Only when somebody presses the button.
            case button
        }

        public enum Requests: String, CaseIterable, Hashable, Sendable { case ask, decline }

        public var policy = Policy.always
        /// Who may make the room join by inviting it: addresses, `*@example.org`, `*`; lower case.
        public var organizers = ["*"]
        /// Shown and sounded before a join by itself.
        public var countdown = Duration.seconds(10)
        /// When a host asks for the room's microphone or camera.
        public var requests = Requests.ask
        /// How long before the start.
        public var early = Duration.seconds(60)
        /// A meeting already running is still joined until then.
        public var late = Duration.seconds(15 * 60)
        /// How the room enters.
        public var microphone = false
        public var camera = true
        /// How long a meeting may run past its end when the next does not need the room.
        public var overstay = Duration.seconds(10 * 60)
        /// Past its end, alone this long: leave.
        public var alone = Duration.seconds(5 * 60)
    }

    public struct Calendar: Hashable, Sendable {
        public enum Kind: String, CaseIterable, Hashable, Sendable { case ics }

        public var kind = Kind.ics
        /// `file:`, `http:` or `https:`.
        public var url = ""
        public var refresh = Duration.seconds(60)
    }

    public struct Network: Hashable, Sendable {
        /// `stun:host:port`.
        public var stun: [String] = []
        public var turn: [TURN] = []
        /// UDP ports for media; nil: any.
        public var ports: ClosedRange<UInt16>?
        /// Whether media packets are marked (RFC 8837).
        public var dscp = true
    }

    public struct TURN: Hashable, Sendable {
        /// `turn:host:port`.
        public var url = ""
        public var username = ""
        /// The file that holds the credential.
        public var credentialFile = ""
    }

    public struct Storage: Hashable, Sendable {
        /// What must outlive a restart.
        public var state = "/var/lib/roomd"
        public var recordings = "/var/lib/roomd/recordings"
    }

    public struct Service: Hashable, Sendable {
        public var name = ""
        /// Scheme, host and port must be equal to the meeting address's.
        public var url = ""
        /// Files that hold secrets.
        public var apiSecretFile: String?
        /// The VideoRoom secret, where the room acts as host.
        public var hostSecretFile: String?
        /// PEM file of an authority of one's own, trusted besides the system's.
        public var caFile: String?
        /// For `meet+ws:` services.
        public var apiKeyFile: String?
    }
}

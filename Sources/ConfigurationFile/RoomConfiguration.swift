public import Base

/// Everything the administrator sets, as values; what the file leaves out has its default. See Config/roomd.toml.
public struct RoomConfiguration: Hashable, Sendable {
    public var room = Room()
    public var control = Control()
    public var devices = Devices()
    public var audio = Audio()
    public var video = Video()
    public var join = Join()
    public var calendars: [Calendar] = []
    public var network = Network()
    public var storage = Storage()
    public var metrics = Metrics()
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
        /// `1920x1080`, `1920x1080@60`; nil: the monitor's preferred one.
        public var displayMode: String?
        /// How long the room is idle until the display goes to standby; nil: it stays on.
        public var displayStandby: Duration?
        /// The CEC adapter that turns the television on and off: `auto`, a path, or nil for none.
        public var cec: String? = "auto"
    }

    /// What is done to the sound of a microphone of the machine; simulated ones are taken as they are.
    public struct Audio: Hashable, Sendable {
        public var echoCancellation = true
        public var noiseSuppression = true
        public var gainControl = true
        /// Which channels of a microphone of the machine are heard, counted from 1; nil: all.
        public var microphoneChannels: [Int]?
        /// Which channels of a sound card play, counted from 1; nil: the first two.
        public var speakerChannels: [Int]?
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
        /// Where a meeting lets the room choose.
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
        public enum ICEPolicy: String, CaseIterable, Hashable, Sendable {
            /// Directly where that works, else through a relay.
            case all
            /// Through a TURN server only.
            case relay
        }

        /// `stun:host:port`.
        public var stun: [String] = []
        public var turn: [TURN] = []
        public var icePolicy = ICEPolicy.all
        /// UDP ports for media; nil: any.
        public var ports: ClosedRange<UInt16>?
        /// Whether media packets are marked (RFC 8837).
        public var dscp = true
    }

    public struct TURN: Hashable, Sendable {
        /// How the room proves who it is. Secrets stand in files.
        public enum Login: Hashable, Sendable {
            case password(username: String, file: String)
            /// The server's shared secret, from which user names and passwords for a day are made
            /// (draft-uberti-behave-turn-rest, coturn's `static-auth-secret`); the user name is added to the time.
            case sharedSecret(username: String?, file: String)

            public var file: String {
                switch self {
                case .password(_, let file), .sharedSecret(_, let file): file
                }
            }
        }

        /// `turn:host:port?transport=udp` and so on.
        public var url: String
        public var login: Login
        /// PEM file of an authority of one's own, trusted besides the system's.
        public var caFile: String?

        public init(url: String, login: Login, caFile: String? = nil) {
            self.url = url
            self.login = login
            self.caFile = caFile
        }
    }

    public struct Storage: Hashable, Sendable {
        /// What must outlive a restart.
        public var state = "/var/lib/roomd"
        public var recordings = "/var/lib/roomd/recordings"
    }

    /// Where Prometheus's text is served; nowhere by default.
    public struct Metrics: Hashable, Sendable {
        public var socket: String?
        public var listen: SocketAddress?
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
        /// Take the place of `Network.turn` in this service's meetings; nil: those hold.
        public var turn: [TURN]?
        /// Takes the place of `Network.icePolicy`; nil: that holds.
        public var icePolicy: Network.ICEPolicy?
        /// For `meet+ws:` services.
        public var apiKeyFile: String?
    }
}

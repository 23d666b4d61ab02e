/// What a session needs to know before it begins.
public struct JanusConfiguration: Sendable {
    public enum Room: Sendable {
        /// As a person wrote it; a number unless the server turns out to want text.
        case existing(String)
        /// Makes a room with a random number.
        case create(RoomSettings)
    }

    public var room: Room
    public var displayName: String
    public var pin: String?
    /// Of Janus's API (`api_secret` in janus.jcfg).
    public var apiSecret: String?
    /// Where a room admits only those with a token (`allowed`).
    public var token: String?
    /// With it the room acts as host.
    public var roomSecret: String?
    /// Whether anything is sent at all.
    public var publishes = true
    /// Only streams of these codecs are asked for.
    public var codecs: Set<String> = ["opus", "vp8", "vp9"]
    /// What our pictures are to be sent as, in Janus's words, where the room's list has it; nil leaves it to the room.
    public var videoCodec: String?
    /// How long the server may take for one request.
    public var requestTimeout = Duration.seconds(10)
    /// The same on the way in, for who comes back and had better try anew soon; nil is as always.
    public var joinRequestTimeout: Duration?
    /// Janus ends a session 60 s after its last request.
    public var keepalive = Duration.seconds(25)
    /// How long the farewell may take.
    public var leaveTimeout = Duration.milliseconds(1500)

    public init(room: Room, displayName: String) {
        self.room = room
        self.displayName = displayName
    }
}

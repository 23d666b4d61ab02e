public import Scheduling

/// What the configuration says about the room's behaviour.
public struct RoomSettings: Hashable, Sendable {
    /// A `[[service]]`: what the room may start meetings on.
    public struct Service: Hashable, Sendable {
        public var name: String
        /// Its address without a room: `janus+ws://sfu.example:8188`.
        public var url: String

        public init(name: String, url: String) {
            self.name = name
            self.url = url
        }
    }

    /// Shown on the display and announced in meetings.
    public var name: String
    /// IANA name.
    public var timezone: String
    /// ISO 639-1 code of the display's language.
    public var language: String
    public var version: String
    public var pid: Int
    public var policy: JoinPolicy
    /// How the room enters a meeting.
    public var entersWithMicrophone: Bool
    public var entersWithCamera: Bool
    public var services: [Service]
    /// How long no reading of the calendars may be reported before that is a problem: a few times `refresh`. Nil: ever.
    public var calendarPatience: Duration?
    /// How long nothing happens until the display goes to standby; nil: it stays on.
    public var displayStandby: Duration?

    public init(
        name: String, timezone: String, language: String = "en", version: String, pid: Int,
        policy: JoinPolicy = JoinPolicy(), entersWithMicrophone: Bool = false, entersWithCamera: Bool = true,
        services: [Service] = [], calendarPatience: Duration? = nil,
        displayStandby: Duration? = nil
    ) {
        self.name = name
        self.timezone = timezone
        self.language = language
        self.version = version
        self.pid = pid
        self.policy = policy
        self.entersWithMicrophone = entersWithMicrophone
        self.entersWithCamera = entersWithCamera
        self.services = services
        self.calendarPatience = calendarPatience
        self.displayStandby = displayStandby
    }
}

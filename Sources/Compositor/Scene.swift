/// What is on the display, as a value: compare two to see whether anything but the pictures has changed.
public struct Scene: Equatable, Sendable {
    public enum Content: Equatable, Sendable {
        /// Black.
        case standby
        case home(HomeScreen)
        case meeting(MeetingScene)
    }

    /// A plain message over everything: what is the matter, and what to do.
    public struct Message: Equatable, Sendable {
        public enum Style: Equatable, Sendable { case notice, warning }

        public var text: String
        /// Advice; may be empty.
        public var detail: String
        public var style: Style

        public init(text: String, detail: String = "", style: Style = .notice) {
            self.text = text
            self.detail = detail
            self.style = style
        }
    }

    public var content: Content
    public var message: Message?

    public init(_ content: Content, message: Message? = nil) {
        self.content = content
        self.message = message
    }

    public static var standby: Scene { Scene(.standby) }
    public static func home(_ home: HomeScreen) -> Scene { Scene(.home(home)) }
    public static func meeting(_ meeting: MeetingScene) -> Scene { Scene(.meeting(meeting)) }

    /// The same scene under a message.
    public func with(message: Message?) -> Scene { Scene(content, message: message) }
}

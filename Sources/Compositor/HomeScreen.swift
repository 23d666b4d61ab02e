/// What the display shows between meetings. All texts are ready to be read: in the room's language, with its time zone.
public struct HomeScreen: Equatable, Sendable {
    public struct NextMeeting: Equatable, Sendable {
        public var title: String
        /// "14:00 – 15:00".
        public var time: String
        /// "in 12 minutes", "now", "missed".
        public var state: String

        public init(title: String, time: String, state: String) {
            self.title = title
            self.time = time
            self.state = state
        }
    }

    /// One line that asks for attention.
    public struct Hint: Equatable, Sendable {
        public enum Style: Equatable, Sendable {
            /// Something happens by itself now: "Joining ‘Weekly’ in 8 s".
            case countdown
            /// Something to know.
            case notice
            /// Something the room cannot do: "on Zoom, which this room cannot join".
            case warning
        }

        public var text: String
        public var style: Style

        public init(_ text: String, style: Style) {
            self.text = text
            self.style = style
        }
    }

    public var roomName: String
    /// "13:48".
    public var clock: String
    public var date: String
    public var next: NextMeeting?
    /// Shown where the next meeting would be: "No more meetings today".
    public var idle: String
    public var hint: Hint?

    public init(
        roomName: String, clock: String, date: String, next: NextMeeting? = nil, idle: String = "", hint: Hint? = nil
    ) {
        self.roomName = roomName
        self.clock = clock
        self.date = date
        self.next = next
        self.idle = idle
        self.hint = hint
    }
}

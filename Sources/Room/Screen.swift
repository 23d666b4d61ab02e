public import Base
public import ControlAPI
public import Scheduling

/// What is to be on the display, without a word about how it is drawn. Clock and dates are filled in by the drawer,
/// who knows the room's time zone.
public struct Screen: Hashable, Sendable {
    public enum Body: Hashable, Sendable {
        case home(Home)
        case meeting(RoomState.Meeting)
    }

    /// Between meetings.
    public struct Home: Hashable, Sendable {
        public var roomName: String
        public var next: ScheduledEvent?
        /// Why the next meeting is not simply joined, a countdown, a failed join; nil when there is nothing to say.
        public var hint: Hint?
        public var calendar: Calendar

        public init(roomName: String, next: ScheduledEvent?, hint: Hint?, calendar: Calendar = .read) {
            self.roomName = roomName
            self.next = next
            self.hint = hint
            self.calendar = calendar
        }
    }

    /// What it means that there is no next meeting.
    public enum Calendar: Hashable, Sendable {
        case read
        /// Not once since the start: nobody knows what is in it.
        case unread
        /// There is none.
        case unconfigured
    }

    public enum Hint: Hashable, Sendable {
        /// The room joins by itself at this instant.
        case countdown(title: String, joinAt: Instant)
        case joining(title: String)
        /// A join by itself failed and is tried again; `why` is a sentence or two.
        case failed(title: String, why: String, retryAt: Instant)
        /// Why the next meeting is not simply joined: nothing more need be said of that.
        case next(String)
        case note(String)
    }

    public struct Message: Hashable, Sendable {
        public var title: String
        public var detail: String

        public init(title: String, detail: String) {
            self.title = title
            self.detail = detail
        }
    }

    public var body: Body
    public var layout: RoomState.Layout
    public var showsSelfView: Bool
    public var pinned: String?
    /// The room's own microphone is muted: everybody in the room is to see that.
    public var isMicrophoneMuted: Bool
    /// A camera is configured and cannot be used: not the same as one that nobody wants on.
    public var isCameraBroken: Bool
    /// A hand-over is announced.
    public var countdown: Hint?
    /// Over everything.
    public var message: Message?
    public var language: String

    /// While the room's daemon cannot run.
    /// - Parameters:
    ///   - language: a BCP 47 tag.
    ///   - host: the machine's name, for whoever looks after it.
    public static func outOfOrder(roomName: String, language: String, host: String) -> Screen {
        let words = Words(language: language)
        return Screen(
            body: .home(Home(roomName: roomName, next: nil, hint: nil, calendar: .unread)),
            layout: .grid, showsSelfView: false, isMicrophoneMuted: false, isCameraBroken: false,
            message: Message(title: words.outOfOrder, detail: words.outOfOrderDetail(host: host)), language: language)
    }
}

/// When and whether the room joins by itself: the `[join]` section of the configuration.
public struct JoinPolicy: Hashable, Sendable {
    public enum Rule: String, Hashable, Sendable, CaseIterable {
        /// Every meeting that the organizer rule lets through.
        case always
        /// Only meetings that the room's mailbox has accepted.
        case accepted
        /// None: people press the button.
        case button
    }

    public var rule: Rule
    /// Mail addresses of who may make the room join by inviting it; `*` matches any run of characters.
    public var organizers: [String]
    /// Shown and sounded before a join by itself.
    public var countdown: Duration
    /// How long before the start the countdown begins.
    public var early: Duration
    /// How long after the start a running meeting is still joined.
    public var late: Duration
    /// How long past its end a meeting may run while the next does not need the room.
    public var overstay: Duration
    /// Past its end, alone this long: leave.
    public var alone: Duration

    public init(
        rule: Rule = .always, organizers: [String] = ["*"], countdown: Duration = .seconds(10),
        early: Duration = .seconds(60), late: Duration = .seconds(900), overstay: Duration = .seconds(600),
        alone: Duration = .seconds(300)
    ) {
        self.rule = rule
        self.organizers = organizers
        self.countdown = countdown
        self.early = early
        self.late = late
        self.overstay = overstay
        self.alone = alone
    }

    func admits(organizer: String?) -> Bool {
        if organizers.contains("*") { return true }
        guard let organizer = organizer?.lowercased() else { return false }
        return organizers.contains { Self.matches(Array(organizer.utf8), Array($0.lowercased().utf8)) }
    }

    /// Glob matching with `*` only; on a mismatch the last star takes one more, so the time is bounded.
    private static func matches(_ text: [UInt8], _ pattern: [UInt8]) -> Bool {
        let star = UInt8(ascii: "*")
        var (at, wanted) = (0, 0)
        var retry: (pattern: Int, text: Int)?
        while at < text.count {
            if wanted < pattern.count, pattern[wanted] == star {
                wanted += 1
                retry = (wanted, at)
            } else if wanted < pattern.count, pattern[wanted] == text[at] {
                wanted += 1
                at += 1
            } else if let last = retry {
                retry = (last.pattern, last.text + 1)
                (at, wanted) = (last.text + 1, last.pattern)
            } else {
                return false
            }
        }
        return pattern[wanted...].allSatisfy { $0 == star }
    }
}

import Base
import Meeting

/// How often it is tried to come back: quickly while the server cannot be reached, which costs nobody anything, and ever
/// more slowly once it has refused, or has shown a certificate that is not trusted, which does not pass by itself, but may
/// be renewed. Jittered by a quarter, so that the rooms of a house do not come all at once.
struct ReturnSchedule {
    private static let shortest = Duration.milliseconds(500)
    /// While nobody answers.
    private static let longestSilence = Duration.seconds(2)
    private static let longest = Duration.seconds(15)

    private var random: SeededRandom
    private var unanswered = shortest
    private var refused = Duration.seconds(1)

    init(random: SeededRandom) {
        self.random = random
    }

    /// From the start of an attempt that ended like this to the start of the next.
    mutating func interval(after reason: MeetingError) -> Duration {
        let wait: Duration
        switch reason {
        case .unreachable, .timeout, .cancelled:
            wait = unanswered
            unanswered = min(unanswered * 2, Self.longestSilence)
        default:
            wait = refused
            refused = min(refused * 2, Self.longest)
        }
        return wait * (0.75 + Double(random.next() % 1000) / 2000)
    }

    /// The network has changed: what was true of the server need not be true any more.
    mutating func reset() {
        unanswered = Self.shortest
        refused = .seconds(1)
    }
}

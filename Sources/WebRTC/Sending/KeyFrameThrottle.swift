import Base

/// Lets key-frame requests through at most once in an interval, remembers one that came too early, and forgets all when
/// a key frame is sent anyway.
struct KeyFrameThrottle: Hashable, Sendable {
    private let interval: Duration
    private var isWanted = false
    private var lastKeyFrame: Instant?

    init(interval: Duration) {
        self.interval = interval
    }

    mutating func request() {
        isWanted = true
    }

    mutating func keyFrameSent(at now: Instant) {
        isWanted = false
        lastKeyFrame = now
    }

    /// When the remembered request may pass.
    var nextDeadline: Instant? {
        isWanted ? lastKeyFrame.map { $0 + interval } ?? .zero : nil
    }

    /// Whether the encoder is to make a key frame now.
    mutating func poll(at now: Instant) -> Bool {
        guard let nextDeadline, nextDeadline <= now else { return false }
        keyFrameSent(at: now)
        return true
    }
}

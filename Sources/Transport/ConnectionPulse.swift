public import Base
import Synchronization

/// When a connection last received a datagram: written on the media thread, read on any.
public final class ConnectionPulse: Sendable {
    private let nanoseconds = Atomic<Int64>(0)

    init() {}

    /// Nil before the first datagram.
    public var heardAt: Instant? {
        let last = nanoseconds.load(ordering: .relaxed)
        return last == 0 ? nil : Instant(nanoseconds: last)
    }

    func beat(at now: Instant) {
        nanoseconds.store(now.nanoseconds, ordering: .relaxed)
    }
}

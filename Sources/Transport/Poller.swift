import Base
import CLinux
import Glibc

/// What the media thread sleeps in: an epoll set with an absolute timer.
struct Poller: ~Copyable {
    private let epoll: Int32
    private let timer: Int32
    private var armed: Instant?
    private var ready = [Int32](repeating: 0, count: 64)

    init() throws(TransportError) {
        let epoll = clinux_epoll_create()
        guard epoll >= 0 else { throw .system(purpose: "epoll_create1", code: -epoll) }
        let timer = clinux_timerfd()
        guard timer >= 0 else {
            Glibc.close(epoll)
            throw .system(purpose: "timerfd_create", code: -timer)
        }
        let status = clinux_epoll_add(epoll, timer)
        guard status == 0 else {
            Glibc.close(timer)
            Glibc.close(epoll)
            throw .system(purpose: "epoll_ctl", code: -status)
        }
        self.epoll = epoll
        self.timer = timer
    }

    deinit {
        Glibc.close(timer)
        Glibc.close(epoll)
    }

    /// Watches a descriptor for reading.
    func add(_ descriptor: Int32) throws(TransportError) {
        let status = clinux_epoll_add(epoll, descriptor)
        guard status == 0 else { throw .system(purpose: "epoll_ctl", code: -status) }
    }

    /// Watches a descriptor that was added for room to write, too, or no more.
    func watch(_ descriptor: Int32, forWriting isWanted: Bool) {
        _ = clinux_epoll_watch(epoll, descriptor, isWanted ? 1 : 0)
    }

    func remove(_ descriptor: Int32) {
        _ = clinux_epoll_remove(epoll, descriptor)
    }

    /// Sleeps until a descriptor is ready or the deadline has come.
    /// - Parameter readable: gets the descriptors that are; its old content is lost.
    mutating func wait(until deadline: Instant?, now: Instant, into readable: inout [Int32]) {
        readable.removeAll(keepingCapacity: true)
        let isDue = deadline.map { $0 <= now } ?? false
        if !isDue, deadline != armed {
            // 0 would disarm it, and no instant of a running machine is before 1.
            _ = clinux_timerfd_arm(timer, deadline.map { max($0.nanoseconds, 1) } ?? 0)
            armed = deadline
        }
        let count = clinux_epoll_wait(epoll, isDue ? 0 : 1, &ready, Int32(ready.count))
        guard count > 0 else { return }
        for descriptor in ready.prefix(Int(count)) {
            if descriptor == timer {
                clinux_timerfd_drain(timer)
                armed = nil
            } else {
                readable.append(descriptor)
            }
        }
    }
}

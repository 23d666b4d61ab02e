import CLinux
import Glibc
import Synchronization

/// A named thread of the media path. All threads outside NIO and Swift concurrency start here.
///
/// The one nonisolated place: a closure that is handed to `pthread_create` in a main-actor context compiles and then
/// dies of SIGILL. Signals are blocked in the thread, so that handlers run in the main thread only.
public final class DeviceThread: @unchecked Sendable {
    /// How the kernel schedules a thread.
    public enum Priority: Hashable, Sendable {
        case normal
        /// SCHED_FIFO at 1…99 where permitted (RLIMIT_RTPRIO, CAP_SYS_NICE), otherwise the ordinary scheduler with slices
        /// of 0.5 ms, which wake sooner (Linux 6.12).
        case realTime(Int)
    }

    /// What the thread is called in `top -H` and debuggers.
    public let name: String
    /// Whether SCHED_FIFO was asked for and granted.
    public let isRealTime: Bool
    private let handle: pthread_t
    private let isJoined = Atomic<Bool>(false)

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a thread that runs `body` and ends with it.
    /// - Parameter name: at most 15 bytes, longer ones are cut (prctl(2), PR_SET_NAME).
    public nonisolated init(
        name: String, priority: Priority = .normal, _ body: @escaping @Sendable () -> Void
    ) throws(ThreadError) {
        var granted: Int32 =
            switch priority {
            case .normal: 0
            case .realTime(let level): Int32(min(max(level, 1), 99))
            }
        var thread = pthread_t()
        let context = Unmanaged.passRetained(Body(body))
        let shortened = String(decoding: name.utf8.prefix(15), as: UTF8.self)
        let failure = clinux_thread_start(&thread, shortened, &granted, Self.entry, context.toOpaque())
        guard failure == 0 else {
            context.release()
            throw ThreadError(name: name, code: failure)
        }
        self.name = shortened
        isRealTime = granted > 0
        handle = thread
    }

    private nonisolated static let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        context in
        Unmanaged<Body>.fromOpaque(context!).takeRetainedValue().run()
        return nil
    }

    deinit {
        if !isJoined.load(ordering: .acquiring) { pthread_detach(handle) }
    }

    /// Blocks until the thread has ended. The second call returns at once. Not from the thread itself.
    public func join() {
        precondition(pthread_equal(pthread_self(), handle) == 0, "a thread cannot wait for its own end")
        guard !isJoined.exchange(true, ordering: .acquiringAndReleasing) else { return }
        pthread_join(handle, nil)
    }

    /// The name of the calling thread.
    public static var currentName: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16) { buffer in
            buffer.initialize(repeating: 0)
            clinux_thread_name(buffer.baseAddress!)
            return String(cString: buffer.baseAddress!)
        }
    }
}

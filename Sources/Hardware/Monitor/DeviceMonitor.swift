import Base
import CLinux
import Glibc
public import Media
import Synchronization

/// Tells of cameras, sound devices and displays that come, go or change, a twentieth of a second after udev does.
///
/// Where the machine tells nothing (a container without netlink), `problem` says so, the observer is never called, and
/// devices that look for themselves now and then go on doing so.
public final class DeviceMonitor: Sendable {
    private final class Condition: Sendable {
        let problem: Mutex<DeviceError?>
        init(_ problem: DeviceError?) { self.problem = Mutex(problem) }
    }

    private let condition: Condition
    private let stopping = EventSignal()
    private let thread: Mutex<DeviceThread?>

    /// - Parameter observer: gets the changes of a burst in the order in which they happened; called on the monitor's own
    ///   thread.
    public convenience init(_ observer: @escaping @Sendable ([DeviceChange]) -> Void) {
        do throws(DeviceError) {
            let news = try UdevNews()
            self.init(news, remark: news.remark, observer)
        } catch {
            self.init(nil, remark: error.message, observer)
        }
    }

    init(_ news: (any DeviceNews)?, remark: String?, _ observer: @escaping @Sendable ([DeviceChange]) -> Void) {
        let condition = Condition(remark.map { DeviceError(.failed, $0) })
        var started: DeviceThread?
        if let news {
            do {
                let stopping = stopping
                started = try DeviceThread(name: "devices") {
                    let failure = Self.watch(news, until: stopping, observer)
                    if let failure { condition.problem.withLock { $0 = failure } }
                }
            } catch {
                condition.problem.withLock { $0 = DeviceError(.failed, error.description) }
            }
        }
        self.condition = condition
        thread = Mutex(started)
    }

    /// Why there is no word of devices, or only the kernel's instead of udevd's; nil when all is well.
    public var problem: DeviceError? { condition.problem.withLock { $0 } }

    deinit {
        // Not joined: the last reference may be let go on the thread itself.
        stopping.signal()
    }

    /// Ends the thread; the observer is not called any more. Not from the observer.
    public func stop() {
        stopping.signal()
        thread.withLock { $0.take() }?.join()
    }

    /// - Returns: why it ended, unless it was to.
    private static func watch(
        _ news: any DeviceNews, until stopping: EventSignal, _ observer: ([DeviceChange]) -> Void
    ) -> DeviceError? {
        var settler = DeviceChangeSettler()
        while true {
            let wait = settler.deadline.map { max(0, ($0 - MonotonicClock.now).inMilliseconds.rounded(.up)) } ?? -1
            let readable = clinux_wait_readable(news.descriptor, stopping.fileDescriptor, Int32(wait))
            if readable & 2 != 0 { return nil }
            if readable & 1 != 0, let code = read(news, into: &settler) {
                return DeviceError(
                    .failed, "word of devices ended: \(String(cString: strerror(code))); changes are noticed late")
            }
            let changes = settler.take(at: MonotonicClock.now)
            if !changes.isEmpty { observer(changes) }
        }
    }

    /// Reads all news there are.
    /// - Returns: an errno when no more can come.
    private static func read(_ news: any DeviceNews, into settler: inout DeviceChangeSettler) -> Int32? {
        // In a flood the settler is to have its turn.
        for _ in 0..<1024 {
            switch news.next() {
            case .change(let change): settler.heard(change, at: MonotonicClock.now)
            case .irrelevant: break
            case .missed: settler.missed(at: MonotonicClock.now)
            case .none: return nil
            case .failed(let code): return code
            }
        }
        return nil
    }
}

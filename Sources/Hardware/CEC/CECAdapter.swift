import Media
import Synchronization

/// Turns a television on and off through HDMI-CEC, and hears what it does, on a thread of its own.
///
/// Nobody ever waits for the bus: wishes are left in an inbox where the latest wins, and a bus that is dead, busy or not
/// there changes nothing but one `CECNews.unreachable`.
public final class CECAdapter: Sendable {
    private final class Shared: Sendable {
        let inbox = Mutex(CECLoop.Inbox())
        let isStopping = Atomic<Bool>(false)
        let signal = EventSignal()
    }

    private let shared = Shared()
    private let thread: Mutex<DeviceThread?>

    /// - Parameters:
    ///   - adapter: `auto` (that of the lit connector, or else the only one) or a path such as `/dev/cec0`.
    ///   - name: what the television calls this input; the first 14 characters of ASCII are used.
    ///   - onNews: called on the adapter's thread.
    public convenience init(
        adapter: String = "auto", name: String, onNews: @escaping @Sendable (CECNews) -> Void
    ) {
        self.init(system: MachineCEC(), adapter: adapter, name: name, onNews: onNews)
    }

    init(
        system: any CECSystem, adapter: String, name: String, onNews: @escaping @Sendable (CECNews) -> Void
    ) {
        let shared = shared
        do {
            thread = Mutex(
                try DeviceThread(name: "cec") {
                    CECLoop(
                        system: system, specification: adapter, name: name, signal: shared.signal,
                        takeInbox: {
                            shared.inbox.withLock { inbox in
                                defer { inbox = CECLoop.Inbox() }
                                return inbox
                            }
                        }, tell: onNews
                    ).run { shared.isStopping.load(ordering: .acquiring) }
                })
        } catch {
            thread = Mutex(nil)
            onNews(.unreachable(DeviceError(.failed, error.description)))
        }
    }

    deinit {
        shared.isStopping.store(true, ordering: .releasing)
        shared.signal.signal()
    }

    /// The television on, and this input chosen: when a meeting starts, and on activity. Often is all right.
    public func wake() { leave { $0.wish = .awake } }

    /// The television to standby, unless it shows something else. When the room is idle.
    public func sleep() { leave { $0.wish = .asleep } }

    /// Which connector is lit; nil = none. What `KMSDisplay` tells.
    public func follow(_ connection: DisplayConnection?) { leave { $0.connection = .some(connection) } }

    /// Ends the thread; nothing is said to the television.
    public func stop() {
        shared.isStopping.store(true, ordering: .releasing)
        shared.signal.signal()
        thread.withLock { $0.take() }?.join()
    }

    private func leave(_ change: (inout CECLoop.Inbox) -> Void) {
        shared.inbox.withLock { change(&$0) }
        shared.signal.signal()
    }
}

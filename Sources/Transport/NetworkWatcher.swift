public import Base
import CLinux
import Glibc
import Media

/// Tells when the machine gets or loses addresses, a tenth of a second after the kernel does (rtnetlink(7)).
///
/// Addresses of interfaces without a carrier count as lost: a pulled cable is a change, and so is its return.
public final class NetworkWatcher: Sendable {
    private let stop = EventSignal()
    private let thread: DeviceThread

    /// - Parameter onChange: gets all addresses there are now; called on the watcher's own thread.
    /// - Throws: `TransportError` or `ThreadError` when the system refuses.
    public init(_ onChange: @escaping @Sendable (Set<IPAddress>) -> Void) throws {
        let socket = clinux_netlink_open()
        guard socket >= 0 else { throw TransportError.system(purpose: "listening to netlink", code: -socket) }
        let stop = stop
        do {
            thread = try DeviceThread(name: "network") { Self.watch(socket, until: stop, onChange) }
        } catch {
            Glibc.close(socket)
            throw error
        }
    }

    deinit {
        // Not joined: the last reference may be let go on the thread itself.
        stop.signal()
    }

    private static func watch(
        _ socket: Int32, until stop: EventSignal, _ onChange: (Set<IPAddress>) -> Void
    ) {
        defer { Glibc.close(socket) }
        var bytes = [UInt8](repeating: 0, count: 32 << 10)
        var settler = ChangeSettler(addresses)
        while true {
            let wait = settler.deadline.map { max(0, ($0 - MonotonicClock.now).inMilliseconds.rounded(.up)) } ?? -1
            let readable = clinux_wait_readable(socket, stop.fileDescriptor, Int32(min(wait, 1000)))
            if readable & 2 != 0 { return }
            if readable & 1 != 0, hasChanges(socket, &bytes) { settler.heard(at: MonotonicClock.now) }
            guard let deadline = settler.deadline, deadline <= MonotonicClock.now else { continue }
            let present = addresses
            if settler.looked(at: present) { onChange(present) }
        }
    }

    /// Reads all messages there are.
    private static func hasChanges(_ socket: Int32, _ bytes: inout [UInt8]) -> Bool {
        var found = false
        while true {
            let count = clinux_netlink_receive(socket, &bytes, Int32(bytes.count))
            switch count {
            // The kernel had more to say than the socket could hold.
            case -ENOBUFS: found = true
            case ..<0: return found
            default: if NetlinkMessages.tellOfChange(bytes.span.extracting(first: Int(count))) { found = true }
            }
        }
    }

    private static var addresses: Set<IPAddress> {
        Set((try? NetworkInterfaces.addresses(includeLoopback: true)) ?? [])
    }
}

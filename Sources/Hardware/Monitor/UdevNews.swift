import CUdev
import Glibc
import Media

/// libudev's monitor: a netlink socket on which udevd tells of devices once it has made their links and permissions.
/// Without udevd the kernel's own word is taken, as in a container that has devtmpfs.
final class UdevNews: DeviceNews, @unchecked Sendable {
    /// Why the kernel's word has to serve for udevd's; nil when udevd runs.
    let remark: String?
    let descriptor: Int32
    private let context: OpaquePointer
    private let monitor: OpaquePointer
    private var errorsInRow = 0

    /// - Parameter control: udevd's socket, whose being there tells that it runs: libudev's monitor is silent
    ///   otherwise, and does not say so.
    init(control: String = "/run/udev/control") throws(DeviceError) {
        let hasDaemon = access(control, F_OK) == 0
        guard let context = udev_new() else { throw Self.failure("udev_new", errno) }
        guard let monitor = udev_monitor_new_from_netlink(context, hasDaemon ? "udev" : "kernel") else {
            let code = errno
            udev_unref(context)
            throw Self.failure("udev_monitor_new_from_netlink", code)
        }
        for subsystem in DeviceChange.Subsystem.allCases {
            udev_monitor_filter_add_match_subsystem_devtype(monitor, subsystem.rawValue, nil)
        }
        // A dock brings hundreds at once. Not granted everywhere, and losing some is told.
        udev_monitor_set_receive_buffer_size(monitor, 1 << 20)
        let result = udev_monitor_enable_receiving(monitor)
        let descriptor = udev_monitor_get_fd(monitor)
        guard result >= 0, descriptor >= 0 else {
            udev_monitor_unref(monitor)
            udev_unref(context)
            throw Self.failure("udev_monitor_enable_receiving", result < 0 ? -result : EBADF)
        }
        self.context = context
        self.monitor = monitor
        self.descriptor = descriptor
        remark =
            hasDaemon
            ? nil : "udevd was expected at \(control), but is not there: the kernel's word of devices serves instead"
    }

    deinit {
        udev_monitor_unref(monitor)
        udev_unref(context)
    }

    func next() -> DeviceNewsItem {
        var failure: Int32 = 0
        guard let device = cudev_monitor_receive(monitor, &failure) else {
            errorsInRow = failure == -EAGAIN ? 0 : errorsInRow + 1
            switch -failure {
            case EAGAIN: return .none
            case ENOBUFS: return .missed
            // A message that is not udev's or the kernel's, or of a device that is gone already; not without end.
            case EBADMSG, EINVAL, EPERM, ENODEV, ENOENT: return errorsInRow < 100 ? .irrelevant : .failed(-failure)
            default: return .failed(-failure)
            }
        }
        errorsInRow = 0
        defer { udev_device_unref(device) }
        let kinds: [String: DeviceChange.Kind] = ["add": .added, "remove": .removed, "change": .changed]
        guard let action = text(udev_device_get_action(device)), let kind = kinds[action],
            let subsystem = text(udev_device_get_subsystem(device)).flatMap(DeviceChange.Subsystem.init(rawValue:))
        else { return .irrelevant }
        return .change(
            DeviceChange(
                kind: kind, subsystem: subsystem, node: text(udev_device_get_devnode(device)),
                name: text(udev_device_get_sysname(device)) ?? ""))
    }

    private func text(_ text: UnsafePointer<CChar>?) -> String? {
        text.map { String(cString: $0) }
    }

    private static func failure(_ call: String, _ code: Int32) -> DeviceError {
        DeviceError(
            .failed,
            "\(call) failed: \(String(cString: strerror(code))); devices that come or go are noticed late "
                + "(permit AF_NETLINK to the service)")
    }
}

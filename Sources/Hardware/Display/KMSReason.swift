import Base
import Glibc
import Media

/// Why there is no display, in sentences for the administrator.
enum KMSReason {
    static func noCard(_ specification: DisplaySpecification) -> DeviceError {
        DeviceError(
            .lost,
            "the display \(specification.text) was expected, but this machine has no graphics card with connectors; "
                + "set [devices] display to headless:1920x1080 or none where that is right")
    }

    /// On a card that has been looked at.
    static func noMonitor(
        _ topology: KMSTopology, _ specification: DisplaySpecification, _ node: KMSCardNode
    ) -> DeviceError {
        let meant = topology.connectors.filter(specification.means).map(\.name)
        if meant.isEmpty {
            let present = topology.connectors.map(\.name).joined(separator: ", ")
            return DeviceError(
                .unknown,
                "\(node.path) has no connector “\(specification.connector ?? "")”; present: "
                    + (present.isEmpty ? "none" : present))
        }
        return DeviceError(
            .lost, "no monitor answers on \(meant.joined(separator: ", ")) of \(node.path); plug one in or turn it on")
    }

    static func unplugged(_ connector: String, _ node: KMSCardNode) -> DeviceError {
        DeviceError(
            .lost, "the monitor on \(connector) of \(node.path) is disconnected; plug it in or turn it on")
    }

    /// - Parameter refusal: of the last mode that was tried; nil when there was nothing to try.
    static func refused(
        _ modes: [KMSMode], _ refusal: KMSFailure?, _ connector: String, _ node: KMSCardNode
    ) -> DeviceError {
        let tried = modes.map { "\($0.width)×\($0.height)@\(Double($0.millihertz) / 1000)" }.joined(separator: ", ")
        let answer = refusal.map { String(cString: strerror($0.code)) } ?? "no way from a plane to it"
        return DeviceError(
            .failed,
            "\(connector) of \(node.path) was expected to take a mode; tried \(tried.isEmpty ? "none" : tried): "
                + "\(answer); try another cable or monitor")
    }

    /// Before it was ours.
    static func taken(_ node: KMSCardNode) -> DeviceError {
        DeviceError(
            .busy,
            "\(node.path) is driven by another program; stop the other display server or boot splash, and the display "
                + "is taken over within a second")
    }

    static func stuck(_ connector: String, _ node: KMSCardNode) -> DeviceError {
        DeviceError(
            .failed,
            "\(node.path) took a page flip for \(connector) and did not show it within "
                + "\(Int(KMSOutput.patience.inSeconds)) s; it is opened again")
    }

    static func failed(_ failure: KMSFailure, _ node: KMSCardNode) -> DeviceError {
        if failure.isMasterLoss {
            return DeviceError(
                .busy, "\(node.path) is driven by another program now; the display comes back when that one lets go")
        }
        if failure.call == .enableAtomic {
            return DeviceError(
                .failed, "\(node.path) was expected to support atomic modesetting (Linux 4.2), but its driver does not")
        }
        return systemError(-failure.code, node.path, expected: "able to do this: \(failure.call.rawValue)")
    }
}

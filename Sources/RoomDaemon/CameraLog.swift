import Logging
import Media
import Synchronization

/// Tells the log what becomes of the camera or the HDMI input: when that is something else than before, and no more.
final class CameraLog: Sendable {
    private let logger: Logger
    private let name: String
    private let last = Mutex<CameraFeed.Status?>(nil)

    /// - Parameter name: in sentences: `the NAME is lost`.
    init(_ logger: Logger, name: String) {
        self.logger = logger
        self.name = name
    }

    /// - Parameter settingsProblem: why controls were not set when it was opened.
    func note(_ status: CameraFeed.Status, settingsProblem: DeviceError? = nil) {
        let before = last.withLock { last in
            defer { last = status }
            return last
        }
        let isSame =
            before?.condition == status.condition && before?.device == status.device && before?.format == status.format
            && before?.problem == status.problem
        if isSame { return }
        switch status.condition {
        case .working:
            let format = status.format
            logger.notice(
                "the \(name) delivers",
                metadata: [
                    "device": "\(status.device)", "format": "\(format.width)x\(format.height)@\(format.frameRate)",
                ])
            if let settingsProblem {
                logger.warning(
                    "not everything that was set of the \(name) is set again",
                    metadata: ["reason": "\(settingsProblem)"])
            }
        case .missing: logger.warning("there is no \(name)", metadata: ["reason": "\(status.problem ?? "")"])
        case .lost: logger.error("there is nothing from the \(name)", metadata: ["reason": "\(status.problem ?? "")"])
        }
    }
}

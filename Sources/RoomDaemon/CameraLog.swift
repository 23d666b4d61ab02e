import Logging
import Media
import Synchronization

/// Tells the log what becomes of the camera: when that is something else than before, and no more.
final class CameraLog: Sendable {
    private let logger: Logger
    private let last = Mutex<CameraFeed.Status?>(nil)

    init(_ logger: Logger) {
        self.logger = logger
    }

    func note(_ status: CameraFeed.Status) {
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
                "the camera delivers",
                metadata: [
                    "device": "\(status.device)", "format": "\(format.width)x\(format.height)@\(format.frameRate)",
                ])
        case .missing: logger.warning("there is no camera", metadata: ["reason": "\(status.problem ?? "")"])
        case .lost: logger.error("the camera is lost", metadata: ["reason": "\(status.problem ?? "")"])
        }
    }
}

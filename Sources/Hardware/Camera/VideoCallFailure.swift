import Glibc
import Media

/// A system call on a video node has failed, or was answered with what cannot be.
struct VideoCallFailure: Error, Hashable, Sendable {
    var call: VideoCall
    /// A positive errno.
    var code: Int32
    /// What was expected and what came, where the code alone does not tell.
    var remark: String?

    init(_ call: VideoCall, _ code: Int32, _ remark: String? = nil) {
        self.call = call
        self.code = code
        self.remark = remark
    }

    /// For the administrator.
    func error(on path: String) -> DeviceError {
        let reason: DeviceError.Reason =
            switch code {
            case EBUSY: .busy
            case ENOENT, ENODEV, ENXIO: .lost
            default: .failed
            }
        let text = remark ?? String(cString: strerror(code)) + advice
        return DeviceError(reason, "\(path): \(call.rawValue) failed: \(text)")
    }

    private var advice: String {
        switch code {
        case EBUSY: "; another program uses it: stop that program"
        case ENOENT, ENODEV, ENXIO: "; is it connected?"
        case EACCES, EPERM: "; give the daemon's user access to it"
        case ENOSPC: "; its bus has no bandwidth left: use another port, or ask for a smaller picture"
        case EMFILE, ENFILE: "; raise LimitNOFILE"
        default: ""
        }
    }
}

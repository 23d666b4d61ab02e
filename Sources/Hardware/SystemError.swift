import Glibc
import Media

/// A failed system call as a `DeviceError`.
/// - Parameters:
///   - code: −errno, as the shims return it.
///   - subject: the path or name of the device.
func systemError(_ code: Int32, _ subject: String, expected: String) -> DeviceError {
    let reason: DeviceError.Reason =
        switch -code {
        case EBUSY: .busy
        case ENOENT, ENODEV, ENXIO: .lost
        default: .failed
        }
    let advice = [EACCES, EPERM].contains(-code) ? "; give the daemon's user access to it" : ""
    return DeviceError(
        reason, "\(subject) was expected to be \(expected): \(String(cString: strerror(-code)))\(advice)")
}

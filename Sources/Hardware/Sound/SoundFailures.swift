import Glibc
import Media

/// What can go wrong with a card in running, in words made beforehand: the audio thread only throws them.
struct SoundFailures: Sendable {
    let gone: DeviceError
    let stopped: DeviceError
    let asleep: DeviceError
    let stalled: DeviceError
    let timeless: DeviceError
    let refused: DeviceError
    let broken: DeviceError

    init(name: String, kind: DeviceKind) {
        let card = "alsa:\(name)"
        gone = DeviceError(
            .lost, "\(card) was expected to go on as a \(kind.rawValue), but it is gone; connect it again")
        stopped = DeviceError(.lost, "\(card) is being closed")
        // Nobody need do anything: it comes back by itself.
        asleep = DeviceError(.busy, "\(card) is suspended with the machine and has not woken yet")
        stalled = DeviceError(
            .failed, "\(card) was expected to go on within 300 ms, but its clock stands still; it is opened again")
        timeless = DeviceError(
            .failed,
            "\(card) was expected to take a block every 10 ms, but takes them at once: it has no clock; "
                + "set [devices] \(kind.rawValue) to a sound card")
        refused = DeviceError(
            .failed, "\(card) was expected to go on after an interruption, but does not; it is opened again")
        broken = DeviceError(.failed, "\(card) was expected to go on, but answers with an error; it is opened again")
    }

    /// Of a call that begins anew, where an interruption is one too many. Real-time safe.
    func check(_ code: Int32) throws(DeviceError) {
        guard code < 0 else { return }
        throw code == -EPIPE || code == -ESTRPIPE ? refused : error(for: code)
    }

    /// Of −errno other than −EPIPE and −ESTRPIPE. Real-time safe.
    func error(for code: Int32) -> DeviceError {
        switch -code {
        case ENODEV, ENXIO, ENOENT, ESHUTDOWN, ENOTTY: gone
        default: broken
        }
    }
}

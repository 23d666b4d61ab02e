import Base
import Hardware
import Media

/// A device that looks for itself when it is gone, and sooner when it is told that something has come.
protocol HotPlugging: AnyObject, Sendable {
    func devicesChanged()
}

/// A camera of the machine: another can take its place while the room runs, and it has controls.
protocol SelectableCamera: Camera, HotPlugging {
    /// Why there is no camera; nil while there is one.
    var problem: DeviceError? { get }
    /// Why something that was set once could not be set again when it was opened; nil when it could.
    var settingsProblem: DeviceError? { get }
    func select(_ specification: String)
    func controls() throws(DeviceError) -> [CameraControl]
    func set(_ values: [String: Int]) throws(DeviceError)
    func offers() throws(DeviceError) -> [CameraFormats.Offer]
}

extension HotPlugCamera: SelectableCamera {
    func offers() throws(DeviceError) -> [CameraFormats.Offer] { try CameraFormats(path: device.id).all() }
}

/// A camera that need not run while nobody wants its pictures.
protocol RestingCamera: Camera {
    /// Passes the time without pictures, and throws what `capture` throws.
    /// - Returns: false where it has to run all the same: nothing was done.
    func rest(until deadline: Instant) throws(DeviceError) -> Bool
}

extension HotPlugCamera: RestingCamera {}

/// Something that says why it cannot be used.
protocol ProblemTelling: AnyObject, Sendable {
    var problem: DeviceError? { get }
}

extension ReopeningMicrophone: HotPlugging, ProblemTelling {
    func devicesChanged() { tryNow() }
}

extension ReopeningSpeaker: HotPlugging, ProblemTelling {
    func devicesChanged() { tryNow() }
}

extension KMSDisplay: HotPlugging {
    func devicesChanged() { lookAgain() }
}

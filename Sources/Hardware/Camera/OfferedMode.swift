/// One thing that a device offers to deliver.
struct OfferedMode: Hashable, Sendable {
    var pixelFormat: PixelFormat
    var width: Int
    var height: Int
    /// nil where the device does not say.
    var interval: FrameInterval?
}

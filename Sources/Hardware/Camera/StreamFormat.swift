import Glibc

/// What a node streams, with all that is needed to read its pictures.
struct StreamFormat: Hashable, Sendable {
    var pixelFormat: PixelFormat
    var width: Int
    var height: Int
    /// Bytes from one row to the next.
    var stride: Int
    var isFullRange: Bool
    /// Pictures a second; nil when unknown.
    var rate: Double?

    /// Holds the driver to sense: its word decides how far memory is read.
    init(_ answer: NodeFormat, rate: Double?) throws(VideoCallFailure) {
        func impossible(_ remark: String) -> VideoCallFailure { VideoCallFailure(.setFormat, EINVAL, remark) }
        guard let pixelFormat = PixelFormat(fourCC: answer.fourCC) else {
            throw impossible("expected one of the offered formats, but \(answer.fourCCText) came")
        }
        guard (1...16384).contains(answer.width), (1...16384).contains(answer.height) else {
            throw impossible("expected a picture of 1…16384 each way, but \(answer.width)×\(answer.height) came")
        }
        guard answer.isWhole else {
            throw VideoCallFailure(
                .setFormat, ENOTSUP,
                "expected whole pictures, but single fields came: set the source to a progressive mode")
        }
        let least = pixelFormat.rowBytes(width: answer.width)
        let stride = answer.stride == 0 || pixelFormat.isCompressed ? least : answer.stride
        guard stride >= least, stride <= 1 << 20 else {
            throw impossible("expected rows of at least \(least) bytes, but \(stride) came")
        }
        self.pixelFormat = pixelFormat
        width = answer.width
        height = answer.height
        self.stride = stride
        // JFIF is full range, whatever the driver's default says.
        isFullRange = answer.isFullRange || pixelFormat.isCompressed
        self.rate = rate
    }
}

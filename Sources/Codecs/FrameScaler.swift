import CYUV
public import Media

/// Makes pictures smaller for sending, with libyuv's box filter, out of a pool of its own.
public struct FrameScaler: Sendable {
    private let pool = FramePool(capacity: 3)

    public init() {}

    /// The picture scaled down to fit, its shape kept, sides even.
    /// - Returns: nil when it fits as it is, or when all frames of the pool are in use.
    public func fit(_ frame: VideoFrame, within size: (width: Int, height: Int)) -> VideoFrame? {
        guard frame.width > size.width || frame.height > size.height else { return nil }
        let factor = min(
            Double(size.width) / Double(frame.width), Double(size.height) / Double(frame.height))
        let width = max(2, Int(Double(frame.width) * factor) & ~1)
        let height = max(2, Int(Double(frame.height) * factor) & ~1)
        guard let scaled = pool.take(width: width, height: height) else { return nil }
        I420Scale(
            frame.y, Int32(frame.strideY), frame.u, Int32(frame.strideUV), frame.v, Int32(frame.strideUV),
            Int32(frame.width), Int32(frame.height), scaled.y, Int32(scaled.strideY), scaled.u,
            Int32(scaled.strideUV), scaled.v, Int32(scaled.strideUV), Int32(width), Int32(height), kFilterBox)
        scaled.captureTime = frame.captureTime
        scaled.sequence = frame.sequence
        return scaled
    }
}

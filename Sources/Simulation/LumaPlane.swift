public import Media

/// The brightness of a picture in whatever memory it lies.
public struct LumaPlane {
    public let bytes: UnsafePointer<UInt8>
    /// Bytes from one row to the next, and from one picture element to the next.
    public let stride: Int
    public let step: Int
    public let width: Int
    public let height: Int

    public init(_ frame: VideoFrame) {
        bytes = UnsafePointer(frame.y)
        stride = frame.strideY
        step = 1
        width = frame.width
        height = frame.height
    }

    /// The green of an XRGB picture, which is near enough to its brightness.
    public init(_ buffer: DisplayBuffer) {
        bytes = UnsafePointer(buffer.pixels.assumingMemoryBound(to: UInt8.self)) + 1
        stride = buffer.stride
        step = 4
        width = buffer.width
        height = buffer.height
    }

    /// The mean over a rectangle, at least one picture element; nil when it leaves the picture.
    func mean(x: Double, y: Double, side: Double) -> Int? {
        guard x >= 0, y >= 0, side >= 0 else { return nil }
        let (left, top) = (Int(x), Int(y))
        let (right, bottom) = (max(Int(x + side), left + 1), max(Int(y + side), top + 1))
        guard right <= width, bottom <= height else { return nil }
        var sum = 0
        for row in top..<bottom {
            for column in left..<right { sum += Int(bytes[row * stride + column * step]) }
        }
        return sum / ((right - left) * (bottom - top))
    }
}

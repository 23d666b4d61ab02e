import Base
import Media

/// What one of the display's buffers holds, as far as this compositor has written it.
struct BufferContent {
    /// Tells one picture of a source from another without keeping it from its pool.
    struct FrameKey: Equatable {
        var object: ObjectIdentifier
        var sequence: UInt64
        var captured: Int64
        var width: Int
        var height: Int

        init(_ frame: VideoFrame) {
            object = ObjectIdentifier(frame)
            sequence = frame.sequence
            captured = frame.captureTime.nanoseconds
            width = frame.width
            height = frame.height
        }
    }

    let pixels: UnsafeMutableRawPointer
    var width: Int
    var height: Int
    var stride: Int
    /// The plan it was written from; 0 = not written.
    var generation: UInt64 = 0
    var regions: [Region] = []
    /// Of each region's picture.
    var keys: [FrameKey?] = []
    var lastUse: UInt64 = 0

    init(_ buffer: DisplayBuffer) {
        pixels = buffer.pixels
        width = buffer.width
        height = buffer.height
        stride = buffer.stride
    }

    func isSame(_ buffer: DisplayBuffer) -> Bool {
        pixels == buffer.pixels && width == buffer.width && height == buffer.height && stride == buffer.stride
    }

    /// Whether a region with this picture is there, written from whatever plan.
    func holds(_ region: Region, key: FrameKey?) -> Bool {
        for index in regions.indices where keys[index] == key && regions[index] == region { return true }
        return false
    }
}

import Base

/// A buffer that the driver gave back with a picture in it.
struct FilledBuffer: Hashable, Sendable {
    var index: Int
    /// The driver's count of pictures, which wraps around.
    var sequence: UInt32
    /// The picture's bytes in the buffer.
    var offset = 0
    var bytes: Int
    /// V4L2_BUF_FLAG_ERROR: the picture is broken, the stream goes on.
    var isDamaged = false
    /// nil when the driver stamps by another clock than CLOCK_MONOTONIC.
    var time: Instant?
}

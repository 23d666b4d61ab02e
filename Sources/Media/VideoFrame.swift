public import Base

/// One picture in I420 (8 bits, BT.601 limited range), in memory that a `FramePool` reuses.
///
/// Planes: luma `height` rows of `strideY` bytes, chroma `(height + 1) / 2` rows of `strideUV` bytes each. Rows are
/// aligned to 64 bytes. A frame is written by the one who took it from the pool and read-only from the moment it is
/// handed on; it goes back to the pool when the last reference is dropped.
public final class VideoFrame: @unchecked Sendable {
    /// Visible size in picture elements, at least 1×1.
    public private(set) var width: Int
    public private(set) var height: Int
    /// Bytes from one row to the next.
    public private(set) var strideY: Int
    public private(set) var strideUV: Int
    /// When the first line was exposed or, for a received frame, decoded (CLOCK_MONOTONIC).
    public var captureTime: Instant = .zero
    /// For a received frame: when it is to be shown (lip sync); `.zero` means as soon as possible.
    public var presentationTime: Instant = .zero
    /// Counts frames of one source; a gap is a frame dropped before this place.
    public var sequence: UInt64 = 0

    private var storage: UnsafeMutableRawPointer
    private var capacity: Int

    init(width: Int, height: Int) {
        self.width = 0
        self.height = 0
        strideY = 0
        strideUV = 0
        capacity = 0
        storage = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
        reshape(width: width, height: height)
    }

    deinit {
        storage.deallocate()
    }

    public var y: UnsafeMutablePointer<UInt8> { storage.assumingMemoryBound(to: UInt8.self) }
    public var u: UnsafeMutablePointer<UInt8> { y + strideY * height }
    public var v: UnsafeMutablePointer<UInt8> { u + strideUV * chromaHeight }
    public var chromaWidth: Int { (width + 1) / 2 }
    public var chromaHeight: Int { (height + 1) / 2 }

    /// Gives the frame another size; allocates only when it has never been this large. For its sole owner.
    func reshape(width: Int, height: Int) {
        precondition(width > 0 && height > 0, "a frame has at least one picture element")
        self.width = width
        self.height = height
        strideY = (width + 63) & ~63
        strideUV = ((width + 1) / 2 + 63) & ~63
        let bytes = strideY * height + 2 * strideUV * ((height + 1) / 2)
        guard bytes > capacity else { return }
        storage.deallocate()
        // 64 bytes over: vector code may read past the last row.
        storage = UnsafeMutableRawPointer.allocate(byteCount: bytes + 64, alignment: 64)
        capacity = bytes
    }
}

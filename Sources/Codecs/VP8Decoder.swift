import CVPX
public import Media

/// VP8 (RFC 6386) to frames of a pool. Input comes from outside: whatever it is, it throws at worst.
public struct VP8Decoder: ~Copyable {
    /// Columns and rows decoded at most: bounds what a hostile header makes libvpx allocate.
    public static let largestSide = 4096

    private let codec: UnsafeMutablePointer<vpx_codec_ctx_t>
    private let threads: Int
    /// Whether pictures are refused until a key frame comes: at the start and after damage.
    public private(set) var awaitsKeyFrame = true

    /// - Parameter threads: of libvpx's own, 1 or 2; they wait for each other by spinning, so two need idle cores.
    public init(threads: Int = 1) throws(CodecError) {
        self.threads = min(max(threads, 1), 2)
        let codec = UnsafeMutablePointer<vpx_codec_ctx_t>.allocate(capacity: 1)
        codec.initialize(to: vpx_codec_ctx_t())
        do throws(CodecError) {
            try Self.open(codec, threads: self.threads)
        } catch {
            codec.deallocate()
            throw error
        }
        self.codec = codec
    }

    deinit {
        vpx_codec_destroy(codec)
        codec.deallocate()
    }

    /// Whether these bytes start a key frame, and of which size (RFC 6386 §9.1).
    public static func keyFrameSize(of bytes: Span<UInt8>) -> (width: Int, height: Int)? {
        guard bytes.count >= 10, bytes[0] & 1 == 0, bytes[3] == 0x9D, bytes[4] == 0x01, bytes[5] == 0x2A else {
            return nil
        }
        let width = (Int(bytes[6]) | Int(bytes[7]) << 8) & 0x3FFF
        let height = (Int(bytes[8]) | Int(bytes[9]) << 8) & 0x3FFF
        return (width, height)
    }

    /// Decodes one whole picture.
    /// - Parameters:
    ///   - bytes: as reassembled from RTP (RFC 7741).
    ///   - pool: where the frame comes from; its times and sequence are the caller's to set.
    /// - Returns: nil when the picture is not to be shown, or when the pool is exhausted: decoding goes on.
    /// - Throws: `damaged`, `tooLarge` or `keyFrameNeeded`; afterwards everything is refused until a key frame comes.
    public mutating func decode(_ bytes: Span<UInt8>, into pool: FramePool) throws(CodecError) -> VideoFrame? {
        guard bytes.count >= 3 else {
            awaitsKeyFrame = true
            throw .damaged(why: "a VP8 picture has at least 3 bytes, this one has \(bytes.count)")
        }
        if bytes[0] & 1 == 0 {
            guard let (width, height) = Self.keyFrameSize(of: bytes), width > 0, height > 0 else {
                awaitsKeyFrame = true
                throw .damaged(why: "a key frame without start code and size")
            }
            guard width <= Self.largestSide, height <= Self.largestSide else {
                awaitsKeyFrame = true
                throw .tooLarge(width: width, height: height, limit: Self.largestSide)
            }
        } else if awaitsKeyFrame {
            throw .keyFrameNeeded
        }
        let result = bytes.withUnsafeBufferPointer { buffer in
            vpx_codec_decode(codec, buffer.baseAddress, UInt32(clamping: buffer.count), nil, 0)
        }
        var corrupted: Int32 = 0
        if result == VPX_CODEC_OK {
            _ = cvpx_get_int(codec, Int32(VP8D_GET_FRAME_CORRUPTED.rawValue), &corrupted)
        }
        guard result == VPX_CODEC_OK, corrupted == 0 else {
            let why =
                vpx_codec_error_detail(codec).map { String(cString: $0) }
                ?? String(cString: vpx_codec_err_to_string(result))
            try restart()
            throw .damaged(why: corrupted == 0 ? why : "libvpx calls the picture corrupted")
        }
        awaitsKeyFrame = false
        var iterator: vpx_codec_iter_t?
        guard let image = vpx_codec_get_frame(codec, &iterator) else { return nil }
        let width = Int(image.pointee.d_w)
        let height = Int(image.pointee.d_h)
        guard image.pointee.fmt == VPX_IMG_FMT_I420, width > 0, height > 0,
            let frame = pool.take(width: width, height: height)
        else { return nil }
        cvpx_copy_i420(image, frame.y, frame.u, frame.v, Int32(frame.strideY), Int32(frame.strideUV))
        return frame
    }

    /// A decoder that has met damage keeps broken references; a new one starts clean at the next key frame.
    private mutating func restart() throws(CodecError) {
        awaitsKeyFrame = true
        vpx_codec_destroy(codec)
        codec.pointee = vpx_codec_ctx_t()
        try Self.open(codec, threads: threads)
    }

    private static func open(_ codec: UnsafeMutablePointer<vpx_codec_ctx_t>, threads: Int) throws(CodecError) {
        var configuration = vpx_codec_dec_cfg_t()
        configuration.threads = UInt32(threads)
        try checkVPX(cvpx_vp8_decoder_open(codec, &configuration), "opening a VP8 decoder")
    }
}

import CVPX
public import Media

/// VP8 (RFC 6386) or VP9 (profile 0) to frames of a pool. Input comes from outside: whatever it is, it throws at worst.
public struct VideoDecoder: ~Copyable {
    /// Columns and rows decoded at most: bounds what hostile input makes libvpx allocate. What a VP9 picture that is no key
    /// frame says of its size is seen by libvpx first, whose contexts for it are bounded by how it was built (Debian:
    /// 16,384 × 16,384) and freed with the decoder, which is made anew then.
    public static let largestSide = 4096
    /// The border that VP9 puts around a picture, and what it rounds up to, with room to spare.
    private static let largestMargin = 512

    public let codec: VideoCodec
    private let handle: UnsafeMutablePointer<vpx_codec_ctx_t>
    /// Where VP9's pictures lie; VP8 has its own, whose size the first bytes of a key frame tell.
    private let pictures: UnsafeMutablePointer<cvpx_pictures>
    private let threads: Int
    /// Whether pictures are refused until a key frame comes: at the start and after damage.
    public private(set) var awaitsKeyFrame = true

    /// - Parameter threads: of libvpx's own, 1 or 2; those of VP8 wait for each other by spinning, so two need idle
    ///   cores.
    public init(_ codec: VideoCodec = .vp8, threads: Int = 1) throws(CodecError) {
        self.codec = codec
        self.threads = min(max(threads, 1), 2)
        let handle = UnsafeMutablePointer<vpx_codec_ctx_t>.allocate(capacity: 1)
        handle.initialize(to: vpx_codec_ctx_t())
        let pictures = UnsafeMutablePointer<cvpx_pictures>.allocate(capacity: 1)
        pictures.initialize(to: cvpx_pictures())
        let side = Self.largestSide + Self.largestMargin
        pictures.pointee.limit = side * side * 3 / 2
        do throws(CodecError) {
            try Self.open(handle, codec, pictures, threads: self.threads)
        } catch {
            handle.deallocate()
            pictures.deallocate()
            throw error
        }
        self.handle = handle
        self.pictures = pictures
    }

    deinit {
        vpx_codec_destroy(handle)
        cvpx_free_pictures(pictures)
        pictures.deallocate()
        handle.deallocate()
    }

    /// Decodes one whole picture.
    /// - Parameters:
    ///   - bytes: as reassembled from RTP (RFC 7741, RFC 9628).
    ///   - pool: where the frame comes from; its times and sequence are the caller's to set.
    /// - Returns: nil when the picture is not to be shown, or when the pool is exhausted: decoding goes on.
    /// - Throws: `damaged`, `tooLarge` or `keyFrameNeeded`; afterwards everything is refused until a key frame comes.
    public mutating func decode(_ bytes: Span<UInt8>, into pool: FramePool) throws(CodecError) -> VideoFrame? {
        do throws(CodecError) {
            try admit(bytes)
        } catch {
            awaitsKeyFrame = true
            throw error
        }
        let result = bytes.withUnsafeBufferPointer { buffer in
            vpx_codec_decode(handle, buffer.baseAddress, UInt32(clamping: buffer.count), nil, 0)
        }
        var corrupted: Int32 = 0
        if result == VPX_CODEC_OK {
            _ = cvpx_get_int(handle, Int32(VP8D_GET_FRAME_CORRUPTED.rawValue), &corrupted)
        }
        guard result == VPX_CODEC_OK, corrupted == 0 else {
            let why =
                vpx_codec_error_detail(handle).map { String(cString: $0) }
                ?? String(cString: vpx_codec_err_to_string(result))
            try restart()
            throw .damaged(why: corrupted == 0 ? why : "libvpx calls the picture corrupted")
        }
        awaitsKeyFrame = false
        var iterator: vpx_codec_iter_t?
        guard let image = vpx_codec_get_frame(handle, &iterator) else { return nil }
        guard image.pointee.fmt == VPX_IMG_FMT_I420 else {
            try restart()
            throw .damaged(why: "expected a picture of 8 bits and 4:2:0, which is profile 0")
        }
        let width = Int(image.pointee.d_w)
        let height = Int(image.pointee.d_h)
        guard width <= Self.largestSide, height <= Self.largestSide else {
            try restart()
            throw .tooLarge(width: width, height: height, limit: Self.largestSide)
        }
        guard width > 0, height > 0, let frame = pool.take(width: width, height: height) else { return nil }
        cvpx_copy_i420(image, frame.y, frame.u, frame.v, Int32(frame.strideY), Int32(frame.strideUV))
        return frame
    }

    /// Refuses what libvpx had better not see.
    private func admit(_ bytes: Span<UInt8>) throws(CodecError) {
        guard bytes.count >= codec.shortestPicture else {
            throw .damaged(
                why: "expected at least \(codec.shortestPicture) bytes of \(codec), but there are \(bytes.count)")
        }
        guard codec.isKeyFrame(bytes[0]) else {
            if awaitsKeyFrame { throw .keyFrameNeeded }
            return
        }
        var found = vpx_codec_stream_info_t()
        found.sz = UInt32(MemoryLayout<vpx_codec_stream_info_t>.size)
        let result = bytes.withUnsafeBufferPointer { buffer in
            vpx_codec_peek_stream_info(
                codec.decoderInterface, buffer.baseAddress, UInt32(clamping: buffer.count), &found)
        }
        let (width, height) = (Int(found.w), Int(found.h))
        guard result == VPX_CODEC_OK, found.is_kf != 0, width > 0, height > 0 else {
            throw .damaged(why: "a key frame without start code and size")
        }
        guard width <= Self.largestSide, height <= Self.largestSide else {
            throw .tooLarge(width: width, height: height, limit: Self.largestSide)
        }
    }

    /// A decoder that has met damage keeps broken references; a new one starts clean at the next key frame.
    private mutating func restart() throws(CodecError) {
        awaitsKeyFrame = true
        vpx_codec_destroy(handle)
        cvpx_free_pictures(pictures)
        handle.pointee = vpx_codec_ctx_t()
        try Self.open(handle, codec, pictures, threads: threads)
    }

    private static func open(
        _ handle: UnsafeMutablePointer<vpx_codec_ctx_t>, _ codec: VideoCodec,
        _ pictures: UnsafeMutablePointer<cvpx_pictures>, threads: Int
    ) throws(CodecError) {
        var configuration = vpx_codec_dec_cfg_t()
        configuration.threads = UInt32(threads)
        try checkVPX(
            cvpx_decoder_open(handle, codec.decoderInterface, &configuration), "opening a decoder of \(codec)")
        guard codec == .vp9 else { return }
        let result = cvpx_use_pictures(handle, pictures)
        guard result != VPX_CODEC_OK else { return }
        vpx_codec_destroy(handle)
        try checkVPX(result, "giving a decoder of \(codec) its pictures")
    }
}

extension VideoCodec {
    /// In bytes: VP8's frame tag, and VP9's frame marker.
    fileprivate var shortestPicture: Int {
        switch self {
        case .vp8: 3
        case .vp9: 1
        }
    }

    /// By a picture's first byte (RFC 6386 §9.1; VP9 §6.2: marker, profile, show_existing_frame, frame_type).
    fileprivate func isKeyFrame(_ first: UInt8) -> Bool {
        switch self {
        case .vp8: first & 1 == 0
        case .vp9: first & 0xCC == 0x80
        }
    }
}

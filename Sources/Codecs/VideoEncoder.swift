import CVPX
public import Media

/// VP8 (RFC 6386) or VP9 (profile 0) in real time: constant bit rate, no lag, key frames when asked for.
///
/// What differs from codec to codec, and why, stands in `VideoCodec+Tuning.swift`.
public struct VideoEncoder: ~Copyable {
    /// What an encoder is made with.
    public struct Configuration: Hashable, Sendable {
        public var codec: VideoCodec
        public var width: Int
        public var height: Int
        /// Frames a second that will come; the rate control divides its bits by it.
        public var frameRate: Double
        /// Bits per second.
        public var bitrate: Int
        /// Speed against quality: −16…−1 of VP8, where larger magnitude is faster; 0…9 of VP9.
        public var cpuUsed: Int
        /// Threads of libvpx's own, 1…4. Those of VP8 wait for each other by spinning: with two, a frame took 3.5 ms on
        /// idle cores, but 60…230 ms on cores that others used too. More than one is for machines with cores to spare.
        public var threads: Int
        /// Whether the rate control may skip pictures when its buffer runs dry.
        public var mayDropFrames: Bool
        /// A key frame comes at the latest after so many frames.
        public var keyFrameDistance: Int

        public init(
            codec: VideoCodec = .vp8, width: Int, height: Int, frameRate: Double = 30, bitrate: Int = 1_500_000,
            cpuUsed: Int? = nil, threads: Int = 1, mayDropFrames: Bool = true, keyFrameDistance: Int = 3000
        ) {
            self.codec = codec
            self.width = width
            self.height = height
            self.frameRate = frameRate
            self.bitrate = bitrate
            self.cpuUsed = cpuUsed ?? codec.fittingSpeed
            self.threads = threads
            self.mayDropFrames = mayDropFrames
            self.keyFrameDistance = keyFrameDistance
        }
    }

    /// RTP's video clock, in which libvpx is told the time.
    private static let clockRate = 90_000

    public private(set) var configuration: Configuration
    private let handle: UnsafeMutablePointer<vpx_codec_ctx_t>
    private var settings: vpx_codec_enc_cfg_t
    private var time: Int64 = 0
    private var keyFrameRequested = false
    /// Counts the key frame itself.
    private var framesSinceKeyFrame = 0

    public init(_ configuration: Configuration) throws(CodecError) {
        let handle = UnsafeMutablePointer<vpx_codec_ctx_t>.allocate(capacity: 1)
        handle.initialize(to: vpx_codec_ctx_t())
        do throws(CodecError) {
            settings = try Self.open(handle, configuration)
        } catch {
            handle.deallocate()
            throw error
        }
        self.handle = handle
        self.configuration = configuration
    }

    deinit {
        vpx_codec_destroy(handle)
        handle.deallocate()
    }

    /// Changes the target, in bits per second, from the next frame on.
    public mutating func setBitrate(_ bitrate: Int) throws(CodecError) {
        guard bitrate != configuration.bitrate else { return }
        configuration.bitrate = bitrate
        settings.rc_target_bitrate = Self.kilobits(bitrate)
        try checkVPX(
            vpx_codec_enc_config_set(handle, &settings),
            "setting the bit rate of \(configuration.codec) to \(bitrate)")
    }

    /// Tells the rate control how many frames a second will come from now on.
    public mutating func setFrameRate(_ frameRate: Double) throws(CodecError) {
        guard frameRate != configuration.frameRate else { return }
        configuration.frameRate = frameRate
        try checkVPX(
            cvpx_set_int(
                handle, Int32(VP8E_SET_MAX_INTRA_BITRATE_PCT.rawValue),
                VideoCodec.largestKeyFrame(frameRate: frameRate)),
            "setting the frame rate of \(configuration.codec) to \(frameRate)")
    }

    /// Makes the next frame a key frame.
    public mutating func forceKeyFrame() {
        keyFrameRequested = true
    }

    /// Encodes a picture and appends its bytes. A picture of another size starts the encoder anew with a key frame.
    /// - Returns: whether it is a key frame, or nil when the rate control skipped the picture.
    public mutating func encode(_ frame: VideoFrame, appendingTo bytes: inout [UInt8]) throws(CodecError) -> Bool? {
        if frame.width != configuration.width || frame.height != configuration.height {
            try resize(width: frame.width, height: frame.height)
        }
        let isKeyFrameDue = keyFrameRequested || framesSinceKeyFrame >= configuration.keyFrameDistance
        let duration = Int64((Double(Self.clockRate) / max(configuration.frameRate, 1)).rounded())
        let result = cvpx_encode_i420(
            handle, UInt32(frame.width), UInt32(frame.height), frame.y, frame.u, frame.v, Int32(frame.strideY),
            Int32(frame.strideUV), time, UInt(duration), isKeyFrameDue ? 1 : 0)
        time += duration
        try checkVPX(result, "encoding a picture with \(configuration.codec)")
        var iterator: vpx_codec_iter_t?
        var piece: UnsafeRawPointer?
        var count = 0
        var isKeyFrame: Int32 = 0
        var encoded: Bool?
        while cvpx_next_piece(handle, &iterator, &piece, &count, &isKeyFrame) != 0 {
            bytes.append(contentsOf: UnsafeRawBufferPointer(start: piece, count: count))
            encoded = isKeyFrame != 0
        }
        framesSinceKeyFrame += 1
        if encoded == true {
            keyFrameRequested = false
            framesSinceKeyFrame = 1
        }
        return encoded
    }

    private mutating func resize(width: Int, height: Int) throws(CodecError) {
        var changed = configuration
        changed.width = width
        changed.height = height
        // Opened beside the old one, so that a refusal leaves a working encoder.
        let fresh = UnsafeMutablePointer<vpx_codec_ctx_t>.allocate(capacity: 1)
        fresh.initialize(to: vpx_codec_ctx_t())
        defer { fresh.deallocate() }
        settings = try Self.open(fresh, changed)
        vpx_codec_destroy(handle)
        handle.pointee = fresh.pointee
        configuration = changed
        keyFrameRequested = false
        framesSinceKeyFrame = 0
    }

    private static func open(
        _ handle: UnsafeMutablePointer<vpx_codec_ctx_t>, _ configuration: Configuration
    ) throws(CodecError) -> vpx_codec_enc_cfg_t {
        let codec = configuration.codec
        var settings = vpx_codec_enc_cfg_t()
        try checkVPX(
            vpx_codec_enc_config_default(codec.encoderInterface, &settings, 0),
            "asking libvpx for its defaults of \(codec)")
        settings.g_w = UInt32(clamping: configuration.width)
        settings.g_h = UInt32(clamping: configuration.height)
        settings.g_threads = UInt32(clamping: configuration.threads)
        settings.g_timebase = vpx_rational_t(num: 1, den: Int32(clockRate))
        settings.g_pass = VPX_RC_ONE_PASS
        settings.g_lag_in_frames = 0
        settings.rc_end_usage = VPX_CBR
        settings.rc_target_bitrate = kilobits(configuration.bitrate)
        settings.rc_dropframe_thresh = configuration.mayDropFrames ? 30 : 0
        settings.rc_resize_allowed = 0
        settings.rc_min_quantizer = 2
        settings.rc_buf_initial_sz = 500
        settings.rc_buf_optimal_sz = 600
        settings.rc_buf_sz = 1000
        // Key frames come when asked for, or by `keyFrameDistance`: libvpx decides nothing.
        settings.kf_mode = VPX_KF_DISABLED
        codec.tune(&settings)
        let failure = cvpx_encoder_open(handle, codec.encoderInterface, &settings)
        try checkVPX(
            failure, "opening an encoder of \(codec) for \(configuration.width)×\(configuration.height)")
        for (control, value) in codec.controls(for: configuration) {
            let result = cvpx_set_int(handle, Int32(control.rawValue), value)
            guard result != VPX_CODEC_OK else { continue }
            vpx_codec_destroy(handle)
            try checkVPX(result, "setting control \(control.rawValue) of \(codec) to \(value)")
        }
        return settings
    }

    private static func kilobits(_ bitrate: Int) -> UInt32 {
        UInt32(clamping: max(bitrate / 1000, 1))
    }
}

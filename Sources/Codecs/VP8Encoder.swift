import CVPX
public import Media

/// VP8 (RFC 6386) in real time: constant bit rate, no lag, key frames when asked for.
///
/// The settings are libwebrtc's (`libvpx_vp8_encoder.cc`), which congestion control and receivers are tuned to, but for
/// `stillness`.
public struct VP8Encoder: ~Copyable {
    /// What an encoder is made with.
    public struct Configuration: Hashable, Sendable {
        public var width: Int
        public var height: Int
        /// Frames a second that will come; the rate control divides its bits by it.
        public var frameRate: Double
        /// Bits per second.
        public var bitrate: Int
        /// −16…−1; larger magnitude is faster and worse. Measured on one core of an EPYC at 1280×720, pattern,
        /// 1.5 Mbit/s, milliseconds a frame and decibels: −4: 10.7, 32.5; −6: 5.6, 31.6; −8: 5.2, 31.1; −10: 5.0, 31.1.
        public var cpuUsed: Int
        /// Threads of libvpx's own, 1…4. Those wait for each other by spinning: with two, a frame took 3.5 ms on idle
        /// cores, but 60…230 ms on cores that others used too. More than one is for machines with cores to spare.
        public var threads: Int
        /// Whether the rate control may skip pictures when its buffer runs dry.
        public var mayDropFrames: Bool
        /// A key frame comes at the latest after so many frames.
        public var keyFrameDistance: Int

        public init(
            width: Int, height: Int, frameRate: Double = 30, bitrate: Int = 1_500_000, cpuUsed: Int = -6,
            threads: Int = 1, mayDropFrames: Bool = true, keyFrameDistance: Int = 3000
        ) {
            self.width = width
            self.height = height
            self.frameRate = frameRate
            self.bitrate = bitrate
            self.cpuUsed = cpuUsed
            self.threads = threads
            self.mayDropFrames = mayDropFrames
            self.keyFrameDistance = keyFrameDistance
        }
    }

    /// A macroblock that differs from the reference by at most so much, as a sum of squares, is left as it is: 43 dB, better
    /// than anything coded at these bit rates. Against libwebrtc's 1, a still background takes a quarter of the time less,
    /// and the decibels of the whole picture are the same within 0.1.
    private static let stillness: Int32 = 800
    /// RTP's video clock, in which libvpx is told the time.
    private static let clockRate = 90_000

    public private(set) var configuration: Configuration
    private let codec: UnsafeMutablePointer<vpx_codec_ctx_t>
    private var settings: vpx_codec_enc_cfg_t
    private var time: Int64 = 0
    private var keyFrameRequested = false
    /// Counts the key frame itself.
    private var framesSinceKeyFrame = 0

    public init(_ configuration: Configuration) throws(CodecError) {
        let codec = UnsafeMutablePointer<vpx_codec_ctx_t>.allocate(capacity: 1)
        codec.initialize(to: vpx_codec_ctx_t())
        do throws(CodecError) {
            settings = try Self.open(codec, configuration)
        } catch {
            codec.deallocate()
            throw error
        }
        self.codec = codec
        self.configuration = configuration
    }

    deinit {
        vpx_codec_destroy(codec)
        codec.deallocate()
    }

    /// Changes the target, in bits per second, from the next frame on.
    public mutating func setBitrate(_ bitrate: Int) throws(CodecError) {
        guard bitrate != configuration.bitrate else { return }
        configuration.bitrate = bitrate
        settings.rc_target_bitrate = Self.kilobits(bitrate)
        try checkVPX(vpx_codec_enc_config_set(codec, &settings), "setting the VP8 bit rate to \(bitrate)")
    }

    /// Tells the rate control how many frames a second will come from now on.
    public mutating func setFrameRate(_ frameRate: Double) throws(CodecError) {
        guard frameRate != configuration.frameRate else { return }
        configuration.frameRate = frameRate
        try checkVPX(
            cvpx_set_int(
                codec, Int32(VP8E_SET_MAX_INTRA_BITRATE_PCT.rawValue),
                Self.largestKeyFrame(frameRate: frameRate)),
            "setting the VP8 frame rate to \(frameRate)")
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
            codec, UInt32(frame.width), UInt32(frame.height), frame.y, frame.u, frame.v, Int32(frame.strideY),
            Int32(frame.strideUV), time, UInt(duration), isKeyFrameDue ? 1 : 0)
        time += duration
        try checkVPX(result, "encoding a VP8 picture")
        var iterator: vpx_codec_iter_t?
        var piece: UnsafeRawPointer?
        var count = 0
        var isKeyFrame: Int32 = 0
        var encoded: Bool?
        while cvpx_next_piece(codec, &iterator, &piece, &count, &isKeyFrame) != 0 {
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
        vpx_codec_destroy(codec)
        codec.pointee = fresh.pointee
        configuration = changed
        keyFrameRequested = false
        framesSinceKeyFrame = 0
    }

    private static func open(
        _ codec: UnsafeMutablePointer<vpx_codec_ctx_t>, _ configuration: Configuration
    ) throws(CodecError) -> vpx_codec_enc_cfg_t {
        var settings = vpx_codec_enc_cfg_t()
        try checkVPX(cvpx_vp8_encoder_defaults(&settings), "asking libvpx for its VP8 defaults")
        settings.g_w = UInt32(clamping: configuration.width)
        settings.g_h = UInt32(clamping: configuration.height)
        settings.g_threads = UInt32(clamping: configuration.threads)
        settings.g_timebase = vpx_rational_t(num: 1, den: Int32(clockRate))
        settings.g_error_resilient = vpx_codec_er_flags_t(VPX_ERROR_RESILIENT_DEFAULT)
        settings.g_pass = VPX_RC_ONE_PASS
        settings.g_lag_in_frames = 0
        settings.rc_end_usage = VPX_CBR
        settings.rc_target_bitrate = kilobits(configuration.bitrate)
        settings.rc_dropframe_thresh = configuration.mayDropFrames ? 30 : 0
        settings.rc_resize_allowed = 0
        settings.rc_min_quantizer = 2
        settings.rc_max_quantizer = 56
        settings.rc_undershoot_pct = 100
        settings.rc_overshoot_pct = 15
        settings.rc_buf_initial_sz = 500
        settings.rc_buf_optimal_sz = 600
        settings.rc_buf_sz = 1000
        // Key frames come when asked for, or by `keyFrameDistance`: libvpx decides nothing.
        settings.kf_mode = VPX_KF_DISABLED
        let failure = cvpx_vp8_encoder_open(codec, &settings)
        try checkVPX(
            failure, "opening a VP8 encoder for \(configuration.width)×\(configuration.height)")
        let partitions = configuration.threads > 1 ? VP8_TWO_TOKENPARTITION : VP8_ONE_TOKENPARTITION
        let controls: [(vp8e_enc_control_id, Int32)] = [
            (VP8E_SET_CPUUSED, Int32(clamping: configuration.cpuUsed)),
            (VP8E_SET_STATIC_THRESHOLD, stillness),
            (VP8E_SET_NOISE_SENSITIVITY, 0),
            (VP8E_SET_TOKEN_PARTITIONS, Int32(partitions.rawValue)),
            (VP8E_SET_MAX_INTRA_BITRATE_PCT, largestKeyFrame(frameRate: configuration.frameRate)),
        ]
        for (control, value) in controls {
            let result = cvpx_set_int(codec, Int32(control.rawValue), value)
            guard result != VPX_CODEC_OK else { continue }
            vpx_codec_destroy(codec)
            try checkVPX(result, "setting VP8 control \(control.rawValue) to \(value)")
        }
        return settings
    }

    private static func kilobits(_ bitrate: Int) -> UInt32 {
        UInt32(clamping: max(bitrate / 1000, 1))
    }

    /// What a key frame may cost at most, in percent of an average frame: half of the optimal buffer (libwebrtc's
    /// `MaxIntraTarget`), at least three frames.
    private static func largestKeyFrame(frameRate: Double) -> Int32 {
        max(300, Int32(600 * 0.5 * frameRate / 10))
    }
}

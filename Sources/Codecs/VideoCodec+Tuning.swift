import CVPX

// What libvpx is told of each codec. Of VP8 the settings are libwebrtc's (`libvpx_vp8_encoder.cc`), which congestion
// control and receivers are tuned to, but for `stillness`; of VP9 they are its (`libvpx_vp9_encoder.cc`) but for the speed.
extension VideoCodec {
    var encoderInterface: OpaquePointer? {
        switch self {
        case .vp8: vpx_codec_vp8_cx()
        case .vp9: vpx_codec_vp9_cx()
        }
    }

    var decoderInterface: OpaquePointer? {
        switch self {
        case .vp8: vpx_codec_vp8_dx()
        case .vp9: vpx_codec_vp9_dx()
        }
    }

    /// Measured on one core of an EPYC at 1280×720, 30 frames a second and 1.5 Mbit/s: milliseconds a frame and decibels
    /// with a test pattern, a flight into a fractal, and something that moves before a still background, these two with
    /// noise. VP8 also with the simulated camera: −4: 10.7, 32.5; −6: 5.6, 31.6; −8: 5.2, 31.1; −10: 5.0, 31.1.
    ///
    /// |        | pattern   | flight     | still     |
    /// |--------|-----------|------------|-----------|
    /// | VP8 −6 | 3.9, 38.4 | 6.0, 31.4  | 5.0, 40.9 |
    /// | VP9 7  | 6.6, 37.9 | 10.7, 31.4 | 7.4, 41.4 |
    /// | VP9 8  | 5.4, 38.4 | 8.4, 31.3  | 7.3, 41.4 |
    /// | VP9 9  | 4.3, 38.2 | 6.2, 31.6  | 6.9, 41.3 |
    var fittingSpeed: Int {
        switch self {
        case .vp8: -6
        case .vp9: 9
        }
    }

    func tune(_ settings: inout vpx_codec_enc_cfg_t) {
        switch self {
        case .vp8:
            settings.g_error_resilient = vpx_codec_er_flags_t(VPX_ERROR_RESILIENT_DEFAULT)
            settings.rc_max_quantizer = 56
            settings.rc_undershoot_pct = 100
            settings.rc_overshoot_pct = 15
        case .vp9:
            // Nobody decodes past a gap, so what resilience costs buys nothing: 0.3 dB on the pattern.
            settings.g_error_resilient = 0
            settings.rc_max_quantizer = 52
            settings.rc_undershoot_pct = 50
            settings.rc_overshoot_pct = 50
        }
    }

    func controls(for configuration: VideoEncoder.Configuration) -> [(vp8e_enc_control_id, Int32)] {
        let common: [(vp8e_enc_control_id, Int32)] = [
            (VP8E_SET_CPUUSED, Int32(clamping: configuration.cpuUsed)),
            (VP8E_SET_MAX_INTRA_BITRATE_PCT, Self.largestKeyFrame(frameRate: configuration.frameRate)),
        ]
        switch self {
        case .vp8:
            let partitions = configuration.threads > 1 ? VP8_TWO_TOKENPARTITION : VP8_ONE_TOKENPARTITION
            return common + [
                (VP8E_SET_STATIC_THRESHOLD, Self.stillness), (VP8E_SET_NOISE_SENSITIVITY, 0),
                (VP8E_SET_TOKEN_PARTITIONS, Int32(partitions.rawValue)),
            ]
        case .vp9:
            return common + [
                (VP8E_SET_STATIC_THRESHOLD, 1), (VP9E_SET_NOISE_SENSITIVITY, 0),
                (VP9E_SET_AQ_MODE, Self.cyclicRefresh), (VP9E_SET_FRAME_PARALLEL_DECODING, 0),
                (VP9E_SET_ROW_MT, configuration.threads > 1 ? 1 : 0),
                // As a power of two.
                (VP9E_SET_TILE_COLUMNS, configuration.threads > 2 ? 2 : configuration.threads > 1 ? 1 : 0),
            ]
        }
    }

    /// A macroblock that differs from the reference by at most so much, as a sum of squares, is left as it is: 43 dB,
    /// better than anything coded at these bit rates. Against libwebrtc's 1, a still background takes a quarter of the
    /// time less, and the decibels of the whole picture are the same within 0.1. VP9 gains nothing by it.
    private static let stillness: Int32 = 800
    /// One part of the picture after the other is coded a little better than the rest, so that what stands still gets
    /// sharp.
    private static let cyclicRefresh: Int32 = 3

    /// What a key frame may cost at most, in percent of an average frame: half of the optimal buffer (libwebrtc's
    /// `MaxIntraTarget`), at least three frames.
    static func largestKeyFrame(frameRate: Double) -> Int32 {
        max(300, Int32(600 * 0.5 * frameRate / 10))
    }
}

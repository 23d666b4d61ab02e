import CALSA

/// How a card's samples are laid out; all little-endian, as every sound card of today has them.
enum SampleFormat: Hashable, Sendable, CaseIterable {
    case float32, int32
    /// 24 bits in the lower three of four bytes.
    case int24
    /// 24 bits in three bytes.
    case packed24
    case int16

    /// From the best to the least.
    static let preferred: [SampleFormat] = [.float32, .int32, .int24, .packed24, .int16]

    var bytes: Int {
        switch self {
        case .float32, .int32, .int24: 4
        case .packed24: 3
        case .int16: 2
        }
    }

    /// As ALSA calls it.
    var name: String {
        switch self {
        case .float32: "FLOAT_LE"
        case .int32: "S32_LE"
        case .int24: "S24_LE"
        case .packed24: "S24_3LE"
        case .int16: "S16_LE"
        }
    }

    var number: snd_pcm_format_t {
        switch self {
        case .float32: SND_PCM_FORMAT_FLOAT_LE
        case .int32: SND_PCM_FORMAT_S32_LE
        case .int24: SND_PCM_FORMAT_S24_LE
        case .packed24: SND_PCM_FORMAT_S24_3LE
        case .int16: SND_PCM_FORMAT_S16_LE
        }
    }
}

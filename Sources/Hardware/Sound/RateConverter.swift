import CSpeexDSP
import Media

/// Speex's resampler for one channel, whose ratio can be changed a little under way.
///
/// The ratio is a fraction over a prime, which never shortens: so the place between two samples at which the resampler
/// stands is kept at a change. Fractions over larger numbers it refuses. One step is 15 ppm.
struct RateConverter: ~Copyable {
    private static let denominator = 65_521
    /// 64 samples of filter at equal rates: aliases below −80 dB for half the work of the next better.
    private static let quality: Int32 = 4

    private let state: OpaquePointer
    private let input: Int
    private let output: Int
    private var numerator: UInt32

    /// - Parameters: rates in hertz.
    init(from input: Int, to output: Int) throws(DeviceError) {
        self.input = input
        self.output = output
        numerator = Self.numerator(input, output, millionths: 0)
        var failure: Int32 = 0
        guard
            let state = speex_resampler_init_frac(
                1, numerator, UInt32(Self.denominator), UInt32(input), UInt32(output), Self.quality, &failure)
        else {
            throw DeviceError(
                .failed,
                "a resampler from \(input) to \(output) Hz was expected: "
                    + String(cString: speex_resampler_strerror(failure)))
        }
        self.state = state
        // What the largest ratio needs is allocated now.
        for millionths in [3000.0, -3000.0, 0] { change(millionths: millionths) }
        speex_resampler_skip_zeros(state)
    }

    deinit { speex_resampler_destroy(state) }

    /// How far behind the input the output is, in frames of the input.
    var latency: Int { Int(speex_resampler_get_input_latency(state)) }

    /// Takes `millionths` more of the input than the rates say. Real-time safe, but not cheap.
    mutating func change(millionths: Double) {
        let wanted = Self.numerator(input, output, millionths: millionths)
        guard wanted != numerator else { return }
        let result = speex_resampler_set_rate_frac(
            state, wanted, UInt32(Self.denominator), UInt32(input), UInt32(output))
        if result == 0 { numerator = wanted }
    }

    /// Resamples as much as fits. Real-time safe.
    func process(
        _ input: UnsafePointer<Float>, _ count: Int, into output: UnsafeMutablePointer<Float>, _ room: Int
    ) -> (consumed: Int, made: Int) {
        var (consumed, made) = (UInt32(count), UInt32(room))
        speex_resampler_process_float(state, 0, input, &consumed, output, &made)
        return (Int(consumed), Int(made))
    }

    /// Begins with silence, as after `init`. Real-time safe.
    func reset() {
        speex_resampler_reset_mem(state)
        speex_resampler_skip_zeros(state)
    }

    /// Frames of the input that so many of the output need at most.
    func need(_ frames: Int) -> Int {
        (frames * Int(numerator) + Self.denominator - 1) / Self.denominator + 1
    }

    private static func numerator(_ input: Int, _ output: Int, millionths: Double) -> UInt32 {
        let exact = Double(denominator) * Double(input) / Double(output) * (1 + millionths / 1_000_000)
        let rounded = UInt32(exact.rounded())
        // A whole multiple would be shortened.
        return rounded % UInt32(denominator) == 0 ? rounded + 1 : rounded
    }
}

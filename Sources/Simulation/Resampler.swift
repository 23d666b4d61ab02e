import CSpeexDSP
import Media

/// Speex's resampler for one channel to 48 kHz.
struct Resampler: ~Copyable {
    /// 0…10; 7 keeps aliases below −90 dB and costs little.
    private static let quality: Int32 = 7

    private let state: OpaquePointer

    init(from rate: Int) throws(DeviceError) {
        var failure: Int32 = 0
        guard
            let state = speex_resampler_init(
                1, UInt32(rate), UInt32(AudioFormat.sampleRate), Self.quality, &failure)
        else {
            throw DeviceError(
                .failed, "no resampler for \(rate) Hz: \(String(cString: speex_resampler_strerror(failure)))")
        }
        // The filter starts filled with the first samples instead of silence.
        speex_resampler_skip_zeros(state)
        self.state = state
    }

    deinit {
        speex_resampler_destroy(state)
    }

    /// Resamples as much as fits. Real-time safe.
    /// - Returns: samples consumed and samples made.
    func process(
        _ input: UnsafeBufferPointer<Float>, into output: UnsafeMutableBufferPointer<Float>
    ) -> (consumed: Int, made: Int) {
        var consumed = UInt32(input.count)
        var made = UInt32(output.count)
        speex_resampler_process_float(state, 0, input.baseAddress!, &consumed, output.baseAddress!, &made)
        return (Int(consumed), Int(made))
    }
}

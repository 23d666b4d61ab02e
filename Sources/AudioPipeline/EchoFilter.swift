import CSpeexDSP
import Media

/// The first stage of echo cancellation: an adaptive linear filter (speexdsp's, in the frequency domain), which takes
/// out what it can predict of the echo and leaves speech of the room as it is, also while both sides speak.
struct EchoFilter: ~Copyable {
    /// The longest echo that it knows.
    static let milliseconds = 300
    private static let perMillisecond = AudioFormat.sampleRate / 1000

    private let state: OpaquePointer
    private let played: UnsafeMutablePointer<Int16>
    private let heard: UnsafeMutablePointer<Int16>
    private let clean: UnsafeMutablePointer<Int16>
    private let response: UnsafeMutablePointer<Int32>

    init?() {
        let size = AudioFormat.blockSize
        let taps = Self.milliseconds * Self.perMillisecond
        guard let state = speex_echo_state_init(Int32(size), Int32(taps)) else { return nil }
        var rate = Int32(AudioFormat.sampleRate)
        speex_echo_ctl(state, SPEEX_ECHO_SET_SAMPLING_RATE, &rate)
        var length: Int32 = 0
        speex_echo_ctl(state, SPEEX_ECHO_GET_IMPULSE_RESPONSE_SIZE, &length)
        guard length >= taps else {
            speex_echo_state_destroy(state)
            return nil
        }
        self.state = state
        played = .allocate(capacity: size)
        played.initialize(repeating: 0, count: size)
        heard = .allocate(capacity: size)
        heard.initialize(repeating: 0, count: size)
        clean = .allocate(capacity: size)
        clean.initialize(repeating: 0, count: size)
        response = .allocate(capacity: Int(length))
        response.initialize(repeating: 0, count: Int(length))
    }

    deinit {
        speex_echo_state_destroy(state)
        played.deallocate()
        heard.deallocate()
        clean.deallocate()
        response.deallocate()
    }

    /// Takes the echo of what was played out of a block. Real-time safe.
    mutating func process(_ block: UnsafeMutablePointer<Float>, played far: UnsafePointer<Float>) {
        Self.convert(far, to: played)
        Self.convert(block, to: heard)
        speex_echo_cancellation(state, heard, played, clean)
        var index = 0
        while index < AudioFormat.blockSize {
            block[index] = Float(clean[index]) * 0x1p-15
            index &+= 1
        }
    }

    /// Where in the filter the echo begins, in milliseconds, and by how much its loudest millisecond is above the mean.
    /// Real-time safe, but as much work as a block.
    mutating func findEcho() -> (place: Int, clearness: Float) {
        speex_echo_ctl(state, SPEEX_ECHO_GET_IMPULSE_RESPONSE, response)
        var (sum, loudest): (Float, Float) = (0, 0)
        for millisecond in 0..<Self.milliseconds {
            let energy = energy(millisecond)
            sum += energy
            loudest = max(loudest, energy)
        }
        guard loudest > 0 else { return (0, 0) }
        var place = 0
        while energy(place) < 0.25 * loudest { place += 1 }
        return (place, loudest / (sum / Float(Self.milliseconds)))
    }

    private func energy(_ millisecond: Int) -> Float {
        var sum: Float = 0
        var index = millisecond &* Self.perMillisecond
        let end = index &+ Self.perMillisecond
        while index < end {
            let sample = Float(response[index])
            sum += sample * sample
            index &+= 1
        }
        return sum
    }

    /// Forgets the room. Real-time safe.
    mutating func reset() {
        speex_echo_state_reset(state)
    }

    private static func convert(_ block: UnsafePointer<Float>, to samples: UnsafeMutablePointer<Int16>) {
        var index = 0
        while index < AudioFormat.blockSize {
            let scaled = block[index] * 32_767
            samples[index] =
                abs(scaled) <= 32_767 ? Int16(scaled.rounded()) : scaled > 0 ? 32_767 : scaled < 0 ? -32_767 : 0
            index &+= 1
        }
    }
}

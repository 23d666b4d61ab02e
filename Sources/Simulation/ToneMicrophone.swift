public import Base
import Glibc
public import Media

/// `tone:HERTZ`: a sine of −20 dBFS (root mean square), 0.9 s on and 0.1 s off, with a click at every whole second of
/// CLOCK_MONOTONIC, when a pattern's picture flashes.
public final class ToneMicrophone: Microphone, @unchecked Sendable {
    /// −20 dBFS is a root mean square of 0.1.
    static let amplitude = 0.1 * 2.0.squareRoot()
    /// The click: one period of a square wave at 1 kHz, three quarters of full scale.
    static let clickSamples = 48
    static let clickLevel: Float = 0.75
    static let onSamples = AudioFormat.sampleRate * 9 / 10

    public let device: DeviceDescription
    public let channels = 1
    private let frequency: Double
    // The audio thread's own.
    /// The sample that comes next, counted from the clock's origin.
    private var position: Int64?
    /// How far the audio thread's blocks are ahead of that count, smoothed.
    private var lead = 0.0

    /// - Parameter frequency: 20…20 000 Hz.
    public init(frequency: Double) throws(DeviceError) {
        guard (20...20_000).contains(frequency) else {
            throw DeviceError(.unknown, "expected a tone in 20…20000 Hz, but it is \(frequency)")
        }
        self.frequency = frequency
        let text = frequency.rounded() == frequency ? "\(Int(frequency))" : "\(frequency)"
        device = DeviceDescription(id: "tone:\(text)", kind: .microphone, name: "Tone \(text) Hz", bus: "simulated")
    }

    public func read(
        into block: UnsafeMutableBufferPointer<Float>, at now: Instant
    ) throws(DeviceError) -> Instant? {
        let start = follow(Self.sample(at: now - AudioFormat.blockDuration))
        for index in 0..<block.count {
            block[index] = level(of: start + Int64(index))
        }
        position = start + Int64(block.count)
        return Instant(nanoseconds: start / 48_000 * 1_000_000_000 + start % 48_000 * 1_000_000 / 48)
    }

    public func stop() {}

    private func level(of sample: Int64) -> Float {
        let inSecond = Int(sample % Int64(AudioFormat.sampleRate))
        if inSecond < Self.clickSamples {
            return inSecond < Self.clickSamples / 2 ? Self.clickLevel : -Self.clickLevel
        }
        guard inSecond < Self.onSamples else { return 0 }
        // Each second starts at phase zero.
        return Float(Self.amplitude * sin(2 * .pi * frequency * Double(inSecond) / Double(AudioFormat.sampleRate)))
    }

    /// Blocks follow each other without a seam although the audio thread does not wake up evenly. A speaker's clock
    /// that drifts from CLOCK_MONOTONIC is followed by a sample a block; after a stall the tone jumps.
    private func follow(_ expected: Int64) -> Int64 {
        guard let position else { return expected }
        let difference = Double(expected - position)
        lead += (difference - lead) / 64
        if abs(difference) > 4800 {
            lead = 0
            return expected
        }
        guard abs(lead) > 24 else { return position }
        let step = lead > 0 ? 1 : -1
        lead -= Double(step)
        return position + Int64(step)
    }

    private static func sample(at instant: Instant) -> Int64 {
        let (seconds, rest) = instant.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return seconds * 48_000 + (rest * 48 + 500_000) / 1_000_000
    }
}

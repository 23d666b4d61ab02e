import Media

/// The level of a signal in dBFS, and whether somebody speaks.
///
/// Levels are of the root mean square: a square wave of full scale has 0 dBFS, a sine of full scale −3.01, as RFC 6464
/// and ITU-T G.100's dBov have it. A sine "of −20 dBFS" here has an amplitude of 0.141.
///
/// Voice is what stands out of the noise floor by 12 dB and above −55 dBFS, and holds for 200 ms after.
public struct LevelMeter: Sendable {
    /// How fast the floor rises, in decibels a second: slow against a sentence, fast against an air conditioner.
    private static let floorRise = 1.5
    private static let holdSamples = AudioFormat.sampleRate / 5
    /// Below is no room but a muted microphone, which tells nothing of the noise.
    private static let quietestRoom = -90.0

    private var floor = -60.0
    /// Samples for which voice still holds.
    private var hold = 0
    /// dBFS of the last block, −127…0.
    public private(set) var decibels = -127.0
    public private(set) var isVoice = false

    public init() {}

    /// Measures one block of samples in −1…1, of any length. Real-time safe.
    public mutating func measure(_ block: UnsafeBufferPointer<Float>) {
        var sum: Float = 0
        var index = 0
        while index < block.count {
            sum += block[index] * block[index]
            index &+= 1
        }
        let meanSquare = Double(sum) / Double(max(block.count, 1))
        // Not-a-number is silence, and what is over full scale is full scale.
        decibels = meanSquare > 2e-13 ? max(-127, 10 * Self.log10(min(meanSquare, 1))) : -127
        judge(seconds: Double(block.count) / Double(AudioFormat.sampleRate), samples: block.count)
    }

    private mutating func judge(seconds: Double, samples: Int) {
        if decibels > Self.quietestRoom {
            // Falls fast, rises slowly.
            floor =
                decibels < floor
                ? floor + (decibels - floor) * min(20 * seconds, 1) : min(-30, floor + Self.floorRise * seconds)
        }
        hold = decibels > -55 && decibels > floor + 12 ? Self.holdSamples + samples : max(0, hold - samples)
        isVoice = hold > 0
    }

    /// Logarithm by way of the exponent and a series, good to 0.0001: no C library on the audio thread.
    private static func log10(_ value: Double) -> Double {
        let mantissa = value.significand
        let series = (mantissa - 1) / (mantissa + 1)
        let square = series * series
        let natural = 2 * series * (1 + square * (1 / 3 + square * (1 / 5 + square * (1 / 7 + square / 9))))
        return (Double(value.exponent) * 0.693_147_180_559_945 + natural) * 0.434_294_481_903_252
    }
}

/// What is done to sound between the microphone and the encoder.
public struct CaptureProcessing: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// What the loudspeaker plays is taken out again; without it a room howls.
    public static let echoCancellation = CaptureProcessing(rawValue: 1)
    public static let noiseSuppression = CaptureProcessing(rawValue: 2)
    /// People far from the microphone become as loud as those near it.
    public static let gainControl = CaptureProcessing(rawValue: 4)
    /// What is below any voice goes: the hum of a building, a table that is touched.
    public static let highPass = CaptureProcessing(rawValue: 8)

    /// What works on bands, into which sound is split and put together again.
    static let banded: CaptureProcessing = [.echoCancellation, .noiseSuppression, .gainControl]

    public static let all: CaptureProcessing = [.echoCancellation, .noiseSuppression, .gainControl, .highPass]
}

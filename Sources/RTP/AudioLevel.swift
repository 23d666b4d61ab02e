/// How loud a packet's audio is (RFC 6464): −127…0 dBov, and whether it is voice.
public struct AudioLevel: Hashable, Sendable {
    public var isVoice: Bool
    /// The level's magnitude: 0 is the loudest there is, 127 silence.
    public var minusDecibels: UInt8

    /// - Parameter minusDecibels: held to 0…127.
    public init(isVoice: Bool, minusDecibels: UInt8) {
        self.isVoice = isVoice
        self.minusDecibels = min(minusDecibels, 127)
    }

    public static let silence = AudioLevel(isVoice: false, minusDecibels: 127)

    init?(_ element: Span<UInt8>) {
        guard element.count >= 1 else { return nil }
        self.init(isVoice: element[0] & 0x80 != 0, minusDecibels: element[0] & 0x7F)
    }

    var byte: UInt8 { (isVoice ? 0x80 : 0) | minusDecibels }
}

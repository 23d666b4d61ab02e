/// A receiver's estimate of the highest bitrate its path can carry (draft-alvestrand-rmcat-remb-03).
public struct REMB: Hashable, Sendable {
    public var senderSSRC: SSRC
    /// Bits a second, for all streams together.
    public var bitrate: UInt64

    public init(senderSSRC: SSRC, bitrate: UInt64) {
        self.senderSSRC = senderSSRC
        self.bitrate = bitrate
    }

    /// "REMB".
    static let identifier: UInt32 = 0x5245_4D42
}

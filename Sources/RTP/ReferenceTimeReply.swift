/// A DLRR sub-block: the answer to a receiver's reference time (RFC 3611 §4.5).
public struct ReferenceTimeReply: Hashable, Sendable {
    /// The receiver that is answered.
    public var ssrc: SSRC
    /// The middle 32 bits of its reference time.
    public var lastReferenceTime: UInt32
    /// In 65536ths of a second.
    public var delay: UInt32

    public init(ssrc: SSRC, lastReferenceTime: UInt32, delay: UInt32) {
        self.ssrc = ssrc
        self.lastReferenceTime = lastReferenceTime
        self.delay = delay
    }
}

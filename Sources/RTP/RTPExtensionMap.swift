/// Which id each header extension has on a connection (RFC 8285, `a=extmap`); nil for those not negotiated.
public struct RTPExtensionMap: Hashable, Sendable {
    /// `urn:ietf:params:rtp-hdrext:sdes:mid` (RFC 9143).
    public var mid: UInt8?
    /// `urn:ietf:params:rtp-hdrext:ssrc-audio-level` (RFC 6464).
    public var audioLevel: UInt8?
    /// `http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01`.
    public var transportSequenceNumber: UInt8?
    /// `http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time`.
    public var absoluteSendTime: UInt8?

    /// - Parameters: ids from the SDP, 1…255 (15 only in the two-byte form).
    public init(
        mid: UInt8? = nil, audioLevel: UInt8? = nil, transportSequenceNumber: UInt8? = nil,
        absoluteSendTime: UInt8? = nil
    ) {
        self.mid = mid
        self.audioLevel = audioLevel
        self.transportSequenceNumber = transportSequenceNumber
        self.absoluteSendTime = absoluteSendTime
    }

    public static let midURI = "urn:ietf:params:rtp-hdrext:sdes:mid"
    public static let audioLevelURI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
    public static let transportSequenceNumberURI =
        "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
    public static let absoluteSendTimeURI = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"

    /// Whether a packet with these values needs an extension block.
    func carries(_ values: RTPExtensionValues) -> Bool {
        mid != nil && values.mid != nil || audioLevel != nil && values.audioLevel != nil
            || transportSequenceNumber != nil && values.transportSequenceNumber != nil
            || absoluteSendTime != nil && values.absoluteSendTime != nil
    }

    /// Whether every id fits the one-byte form.
    var fitsOneByteForm: Bool {
        (mid ?? 1) < 15 && (audioLevel ?? 1) < 15 && (transportSequenceNumber ?? 1) < 15
            && (absoluteSendTime ?? 1) < 15
    }
}

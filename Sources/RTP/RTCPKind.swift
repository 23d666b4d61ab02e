/// What one RTCP packet is: its packet type and, for feedback, its format (RFC 3550 §12.1, RFC 4585 §6, RFC 5104 §4.3).
public enum RTCPKind: Hashable, Sendable {
    case senderReport
    case receiverReport
    case sourceDescription
    case goodbye
    /// RTPFB, format 1 (RFC 4585 §6.2.1).
    case nack
    /// RTPFB, format 15 (draft-holmer-rmcat-transport-wide-cc-extensions-01).
    case transportFeedback
    /// PSFB, format 1 (RFC 4585 §6.3.1).
    case pictureLossIndication
    /// PSFB, format 4 (RFC 5104 §4.3.1).
    case fullIntraRequest
    /// PSFB, format 15: application layer feedback, where REMB lives.
    case applicationLayerFeedback
    /// RFC 3611.
    case extendedReport
    case unknown(packetType: UInt8, format: UInt8)

    init(packetType: UInt8, format: UInt8) {
        switch (packetType, format) {
        case (200, _): self = .senderReport
        case (201, _): self = .receiverReport
        case (202, _): self = .sourceDescription
        case (203, _): self = .goodbye
        case (205, 1): self = .nack
        case (205, 15): self = .transportFeedback
        case (206, 1): self = .pictureLossIndication
        case (206, 4): self = .fullIntraRequest
        case (206, 15): self = .applicationLayerFeedback
        case (207, _): self = .extendedReport
        default: self = .unknown(packetType: packetType, format: format)
        }
    }
}

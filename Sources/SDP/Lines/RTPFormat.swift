/// One payload type of a section with all that is said of it: `rtpmap`, `fmtp`, `rtcp-fb` and its retransmission
/// partner.
public struct RTPFormat: Hashable, Sendable {
    public var map: RTPMap
    /// The `fmtp` text, or "".
    public var parameters: String
    /// `nack`, `nack pli`, …, also those given for `*`.
    public var feedback: [String]
    /// The payload type of the retransmissions (RFC 4588) of this one.
    public var retransmission: UInt8?

    public var payloadType: UInt8 { map.payloadType }

    public func parameter(_ name: String) -> String? {
        FormatParameters.value(of: name, in: parameters)
    }

    /// Whether this is itself a retransmission format.
    public var isRetransmission: Bool { map.encoding.lowercased() == "rtx" }
}

extension MediaSection {
    /// The formats of the `m=` line that have an `rtpmap`, in the order of the line, without those that only
    /// retransmit: these stand in ``RTPFormat/retransmission`` of the format they repair.
    public var rtpFormats: [RTPFormat] {
        let maps = attributes.rtpMaps
        let parameters = attributes.formatParameters
        let feedback = attributes.rtcpFeedback
        var primary: [RTPFormat] = []
        var retransmissions: [UInt8: UInt8] = [:]
        for payloadType in payloadTypes {
            guard let map = maps.first(where: { $0.payloadType == payloadType }) else { continue }
            let format = RTPFormat(
                map: map,
                parameters: parameters.first { $0.format == "\(payloadType)" }?.text ?? "",
                feedback: feedback.filter { $0.payloadType == nil || $0.payloadType == payloadType }.map(\.name))
            if !format.isRetransmission {
                primary.append(format)
            } else if let repaired = format.parameter("apt").flatMap({ UInt8($0) }) {
                // The first one wins when a peer lists several.
                if retransmissions[repaired] == nil { retransmissions[repaired] = payloadType }
            }
        }
        for index in primary.indices {
            primary[index].retransmission = retransmissions[primary[index].payloadType]
        }
        return primary
    }
}

import SDP

/// What one `m=` line stands for. Lines keep their place for the life of a connection; one that was refused may be
/// used again (RFC 9429 §5.2.2).
struct MediaSlot: Hashable, Sendable {
    var mid: String
    /// False for a peer that gave none: then we do not write the one we made up.
    var showsMid = true
    var type: MediaType
    /// The protocol of the line.
    var transport = "UDP/TLS/RTP/SAVPF"
    /// What stands in the line when it is refused, as some format must.
    var formats = ["0"]
    /// nil for what we do not speak (data), and once refused.
    var transceiver: TransceiverID?
    var isRejected = false
    /// What the payload types of the line mean, for the lines to come: `VP8`, `VP8/rtx`.
    var payloadTypes: [UInt8: String] = [:]
    /// What the extension ids of the line mean: URIs.
    var extensionIDs: [UInt8: String] = [:]
}

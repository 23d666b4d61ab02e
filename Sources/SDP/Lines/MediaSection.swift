/// An `m=` line and all that follows up to the next one (RFC 8866 §5.14).
public struct MediaSection: Hashable, Sendable {
    public var type: MediaType
    public var port: UInt16
    /// `m=audio 49170/2`: contiguous ports; nil in WebRTC.
    public var portCount: UInt16?
    /// `UDP/TLS/RTP/SAVPF`.
    public var transport: String
    /// Payload types of RTP sections; `webrtc-datachannel` of data sections.
    public var formats: [String]
    public var connection: Connection?
    public var bandwidths: [Bandwidth]
    /// `i=` and `k=` lines.
    public var otherLines: [OtherLine]
    public var attributes: AttributeList

    public init(
        type: MediaType, port: UInt16 = 9, portCount: UInt16? = nil, transport: String = "UDP/TLS/RTP/SAVPF",
        formats: [String], connection: Connection? = nil, bandwidths: [Bandwidth] = [],
        otherLines: [OtherLine] = [], attributes: [Attribute] = []
    ) {
        self.type = type
        self.port = port
        self.portCount = portCount
        self.transport = transport
        self.formats = formats
        self.connection = connection
        self.bandwidths = bandwidths
        self.otherLines = otherLines
        self.attributes = AttributeList(attributes)
    }

    init(value: Substring, limits: SDPLimits) throws(MalformedValue) {
        let fields = value.fields()
        guard fields.count >= 4, fields[0].isToken else {
            throw MalformedValue(expected: "m=<media> <port> <protocol> <format>…")
        }
        guard fields.count - 3 <= limits.formatsPerSection else {
            throw MalformedValue(.limit, expected: "at most \(limits.formatsPerSection) formats")
        }
        let (port, count) = fields[1].cut(at: 0x2F)
        guard let number = port.decimal(UInt16.self), count == nil || count?.decimal(UInt16.self) != nil else {
            throw MalformedValue(expected: "a port below 65536")
        }
        self.init(
            type: MediaType(fields[0]), port: number, portCount: count?.decimal(UInt16.self),
            transport: String(fields[2]), formats: fields.dropFirst(3).map(String.init))
        if isRTP {
            for format in fields.dropFirst(3) where format.payloadType == nil {
                throw MalformedValue(expected: "payload types of 0 to 127")
            }
            guard Set(formats).count == formats.count else {
                throw MalformedValue(expected: "each payload type once")
            }
        }
    }

    public var isRTP: Bool { transport.contains("RTP/") }

    /// The formats as numbers; empty for a section that is not RTP.
    public var payloadTypes: [UInt8] {
        isRTP ? formats.compactMap { Substring($0).payloadType } : []
    }

    /// Port 0 without `bundle-only`: refused or stopped (RFC 3264 §6, RFC 9143 §6).
    public var isRejected: Bool { port == 0 && !attributes.isBundleOnly }
}

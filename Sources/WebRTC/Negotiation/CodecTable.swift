import SDP

/// A codec we can name. What it is in SDP stands in ``CodecTable``.
public enum Codec: String, Hashable, Sendable, CaseIterable {
    case opus, vp8, vp9

    public var kind: MediaKind {
        switch self {
        case .opus: .audio
        case .vp8, .vp9: .video
        }
    }
}

/// The codecs that we offer and accept, in order of preference. To speak one more is one row more.
public struct CodecTable: Hashable, Sendable {
    public struct Row: Hashable, Sendable {
        public var codec: Codec
        public var kind: MediaKind
        /// As in `a=rtpmap`; compared without regard to case.
        public var encoding: String
        /// In hertz.
        public var clockRate: UInt32
        public var channels: Int?
        /// What we want of what is sent to us (`a=fmtp`), or "".
        public var parameters: String
        /// A parameter whose value must be the same on both sides for the codec to be the same, and its default.
        public var identifyingParameter: IdentifyingParameter?
        public var feedback: FeedbackKinds
        /// What the other side is known to heed although its descriptions do not say so.
        public var assumedFeedback: FeedbackKinds = []
        /// The payload type in our offers, where it is free.
        public var payloadType: UInt8
        /// The same for its retransmissions (RFC 4588); nil for none.
        public var retransmissionPayloadType: UInt8?
    }

    public struct IdentifyingParameter: Hashable, Sendable {
        public var name: String
        public var fallback: String
    }

    public var rows: [Row]

    public init(_ rows: [Row]) {
        self.rows = rows
    }

    /// RFC 7587. Always two channels in SDP, whatever is sent.
    public static let opus = Row(
        codec: .opus, kind: .audio, encoding: "opus", clockRate: 48_000, channels: 2,
        parameters: "minptime=10;useinbandfec=1", identifyingParameter: nil, feedback: [.nack, .transportWide],
        payloadType: 111, retransmissionPayloadType: nil)

    /// RFC 7741.
    public static let vp8 = Row(
        codec: .vp8, kind: .video, encoding: "VP8", clockRate: 90_000, channels: nil, parameters: "",
        identifyingParameter: nil, feedback: [.nack, .pictureLoss, .fullIntraRequest, .remb, .transportWide],
        payloadType: 96, retransmissionPayloadType: 97)

    /// RFC 9628, profile 0.
    public static let vp9 = Row(
        codec: .vp9, kind: .video, encoding: "VP9", clockRate: 90_000, channels: nil, parameters: "profile-id=0",
        identifyingParameter: IdentifyingParameter(name: "profile-id", fallback: "0"),
        feedback: [.nack, .pictureLoss, .fullIntraRequest, .remb, .transportWide], payloadType: 98,
        retransmissionPayloadType: 99)

    /// What the room speaks.
    public static let standard = CodecTable([opus, vp8, vp9])

    /// For Janus 1.x, which repeats sound for whoever asks, and names it nowhere.
    public static let janus = {
        var sound = opus
        sound.assumedFeedback = [.nack]
        return CodecTable([sound, vp8, vp9])
    }()

    /// The same with this codec before all others of its kind.
    public func preferring(_ codec: Codec) -> CodecTable {
        CodecTable(rows.filter { $0.codec == codec } + rows.filter { $0.codec != codec })
    }

    func rows(of kind: MediaKind) -> [Row] {
        rows.filter { $0.kind == kind }
    }

    /// The row that a format of a peer is, if we speak it.
    func row(of kind: MediaKind, matching format: RTPFormat) -> Row? {
        rows.first { row in
            guard row.kind == kind, row.encoding.lowercased() == format.map.encoding.lowercased(),
                row.clockRate == format.map.clockRate, (row.channels ?? 1) == (format.map.channels ?? 1)
            else { return false }
            guard let identifying = row.identifyingParameter else { return true }
            return FormatParameters.value(of: identifying.name, in: row.parameters) ?? identifying.fallback
                == format.parameter(identifying.name) ?? identifying.fallback
        }
    }
}

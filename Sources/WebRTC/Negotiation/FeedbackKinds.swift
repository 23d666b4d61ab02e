/// Which RTCP feedback both sides speak for a format (`a=rtcp-fb`, RFC 4585 §4.2).
public struct FeedbackKinds: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// `nack`: generic NACKs (RFC 4585 §6.2.1).
    public static let nack = FeedbackKinds(rawValue: 1)
    /// `nack pli`: picture loss indication (RFC 4585 §6.3.1).
    public static let pictureLoss = FeedbackKinds(rawValue: 2)
    /// `ccm fir`: full intra request (RFC 5104 §3.5.1).
    public static let fullIntraRequest = FeedbackKinds(rawValue: 4)
    /// `goog-remb`: receiver estimated maximum bitrate.
    public static let remb = FeedbackKinds(rawValue: 8)
    /// `transport-cc`: reports on every packet by its transport-wide sequence number.
    public static let transportWide = FeedbackKinds(rawValue: 16)

    static let all: FeedbackKinds = [.nack, .pictureLoss, .fullIntraRequest, .remb, .transportWide]

    /// All of it, with its words in SDP, in the order in which we write them.
    static let names: [(kind: FeedbackKinds, name: String)] = [
        (.remb, "goog-remb"), (.transportWide, "transport-cc"), (.fullIntraRequest, "ccm fir"), (.nack, "nack"),
        (.pictureLoss, "nack pli"),
    ]

    /// What we know of the words a peer gave.
    init(names: [String]) {
        self = FeedbackKinds(
            FeedbackKinds.names.filter { names.contains($0.name) }.map(\.kind))
    }

    var names: [String] {
        FeedbackKinds.names.filter { contains($0.kind) }.map(\.name)
    }
}

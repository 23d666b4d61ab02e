/// The body of a session description (RFC 8866 §5): the session's lines, and the media sections in their order.
public struct Session: Hashable, Sendable {
    public var origin: Origin
    /// `s=`; `-` for none.
    public var name: String
    public var connection: Connection?
    public var bandwidths: [Bandwidth]
    /// `i=`, `u=`, `e=`, `p=`, `t=`, `r=`, `z=`, `k=`.
    public var otherLines: [OtherLine]
    public var attributes: AttributeList
    public var media: [MediaSection]

    public init(
        origin: Origin, name: String = "-", connection: Connection? = nil, bandwidths: [Bandwidth] = [],
        otherLines: [OtherLine] = [OtherLine(type: UInt8(ascii: "t"), value: "0 0")], attributes: [Attribute] = [],
        media: [MediaSection] = []
    ) {
        self.origin = origin
        self.name = name
        self.connection = connection
        self.bandwidths = bandwidths
        self.otherLines = otherLines
        self.attributes = AttributeList(attributes)
        self.media = media
    }
}

/// What a section has of its own or, failing that, from the session (RFC 8839 §5.4, RFC 8122 §5, RFC 4145 §4).
extension Session {
    public var bundleGroups: [Group] { attributes.groups.filter(\.isBundle) }

    public func iceUfrag(of section: MediaSection) -> String? { section.attributes.iceUfrag ?? attributes.iceUfrag }

    public func icePwd(of section: MediaSection) -> String? { section.attributes.icePwd ?? attributes.icePwd }

    public func iceOptions(of section: MediaSection) -> [String] {
        section.attributes.iceOptions ?? attributes.iceOptions ?? []
    }

    public func fingerprints(of section: MediaSection) -> [FingerprintAttribute] {
        let own = section.attributes.fingerprints
        return own.isEmpty ? attributes.fingerprints : own
    }

    public func setup(of section: MediaSection) -> Setup? { section.attributes.setup ?? attributes.setup }

    /// `sendrecv` where nothing is said (RFC 8866 §6.7).
    public func direction(of section: MediaSection) -> MediaDirection {
        section.attributes.direction ?? attributes.direction ?? .sendrecv
    }

    /// Those of the session hold for every section (RFC 8285 §5).
    public func extensionMaps(of section: MediaSection) -> [ExtensionMap] {
        attributes.extensionMaps + section.attributes.extensionMaps
    }

    public func allowsMixedExtensionMaps(in section: MediaSection) -> Bool {
        attributes.allowsMixedExtensionMaps || section.attributes.allowsMixedExtensionMaps
    }
}

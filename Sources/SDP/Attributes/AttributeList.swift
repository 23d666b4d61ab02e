/// The `a=` lines of the session or of one media section, in their order, with typed look-ups. Where an attribute may
/// stand only once, the first one counts.
public struct AttributeList: Hashable, Sendable {
    public var elements: [Attribute]

    public init(_ elements: [Attribute] = []) {
        self.elements = elements
    }

    public mutating func append(_ attribute: Attribute) {
        elements.append(attribute)
    }

    public mutating func append(contentsOf attributes: some Sequence<Attribute>) {
        elements.append(contentsOf: attributes)
    }

    public func contains(_ attribute: Attribute) -> Bool {
        elements.contains(attribute)
    }

    private func first<Value>(_ value: (Attribute) -> Value?) -> Value? {
        for element in elements {
            if let found = value(element) { return found }
        }
        return nil
    }

    public var groups: [Group] { elements.compactMap { if case .group(let group) = $0 { group } else { nil } } }
    public var mid: String? { first { if case .mid(let mid) = $0 { mid } else { nil } } }
    public var iceUfrag: String? { first { if case .iceUfrag(let text) = $0 { text } else { nil } } }
    public var icePwd: String? { first { if case .icePwd(let text) = $0 { text } else { nil } } }
    public var iceOptions: [String]? { first { if case .iceOptions(let options) = $0 { options } else { nil } } }
    public var isICELite: Bool { contains(.iceLite) }
    /// Candidates as text, without `candidate:`.
    public var candidates: [String] { elements.compactMap { if case .candidate(let text) = $0 { text } else { nil } } }
    public var hasEndOfCandidates: Bool { contains(.endOfCandidates) }
    public var fingerprints: [FingerprintAttribute] {
        elements.compactMap { if case .fingerprint(let fingerprint) = $0 { fingerprint } else { nil } }
    }
    public var setup: Setup? { first { if case .setup(let setup) = $0 { setup } else { nil } } }
    public var hasRTCPMux: Bool { contains(.rtcpMux) || contains(.rtcpMuxOnly) }
    public var hasRTCPReducedSize: Bool { contains(.rtcpReducedSize) }
    public var isBundleOnly: Bool { contains(.bundleOnly) }
    public var direction: MediaDirection? { first { if case .direction(let way) = $0 { way } else { nil } } }
    public var rtpMaps: [RTPMap] { elements.compactMap { if case .rtpMap(let map) = $0 { map } else { nil } } }
    public var formatParameters: [FormatParameters] {
        elements.compactMap { if case .formatParameters(let parameters) = $0 { parameters } else { nil } }
    }
    public var rtcpFeedback: [RTCPFeedback] {
        elements.compactMap { if case .rtcpFeedback(let feedback) = $0 { feedback } else { nil } }
    }
    public var extensionMaps: [ExtensionMap] {
        elements.compactMap { if case .extensionMap(let map) = $0 { map } else { nil } }
    }
    public var allowsMixedExtensionMaps: Bool { contains(.extensionMapAllowMixed) }
    public var sources: [SourceAttribute] {
        elements.compactMap { if case .source(let source) = $0 { source } else { nil } }
    }
    public var sourceGroups: [SourceGroup] {
        elements.compactMap { if case .sourceGroup(let group) = $0 { group } else { nil } }
    }
    public var streamIdentifier: StreamIdentifier? {
        first { if case .streamIdentifier(let identifier) = $0 { identifier } else { nil } }
    }
    public var restrictionIdentifiers: [RestrictionIdentifier] {
        elements.compactMap { if case .restrictionIdentifier(let rid) = $0 { rid } else { nil } }
    }
    public var simulcast: Simulcast? { first { if case .simulcast(let simulcast) = $0 { simulcast } else { nil } } }

    /// The value of the first attribute that has no type here; "" for a flag.
    public func other(_ name: String) -> String? {
        first { if case .other(name, let value) = $0 { value ?? "" } else { nil } }
    }
}

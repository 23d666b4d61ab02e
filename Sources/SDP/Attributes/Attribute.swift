/// One `a=` line. What WebRTC needs is typed; all else is kept as it came (RFC 8866 §5.13).
public enum Attribute: Hashable, Sendable {
    case group(Group)
    case mid(String)
    case iceUfrag(String)
    case icePwd(String)
    case iceOptions([String])
    case iceLite
    /// An ICE candidate as text, without the leading `candidate:` (RFC 8839 §5.1).
    case candidate(String)
    case endOfCandidates
    case fingerprint(FingerprintAttribute)
    case setup(Setup)
    case rtcpMux
    case rtcpMuxOnly
    /// `rtcp-rsize` (RFC 5506).
    case rtcpReducedSize
    /// The section lives only inside its BUNDLE group; its port 0 does not reject it (RFC 9143 §6).
    case bundleOnly
    case direction(MediaDirection)
    case rtpMap(RTPMap)
    case formatParameters(FormatParameters)
    case rtcpFeedback(RTCPFeedback)
    case extensionMap(ExtensionMap)
    case extensionMapAllowMixed
    case source(SourceAttribute)
    case sourceGroup(SourceGroup)
    case streamIdentifier(StreamIdentifier)
    case restrictionIdentifier(RestrictionIdentifier)
    case simulcast(Simulcast)
    /// Any other; `value` is nil for a flag without a colon.
    case other(name: String, value: String?)
}

extension Attribute {
    /// Reads what stands after `a=`.
    init(line: Substring) throws(MalformedValue) {
        let (name, value) = line.cut(at: 0x3A)
        guard name.isToken else { throw MalformedValue(expected: "a=<attribute>[:<value>]") }
        if let value {
            self = try Attribute.valued(String(name), value)
        } else {
            self = try Attribute.flag(String(name))
        }
    }

    private static func flag(_ name: String) throws(MalformedValue) -> Attribute {
        switch name {
        case "ice-lite": .iceLite
        case "end-of-candidates": .endOfCandidates
        case "rtcp-mux": .rtcpMux
        case "rtcp-mux-only": .rtcpMuxOnly
        case "rtcp-rsize": .rtcpReducedSize
        case "bundle-only": .bundleOnly
        case "extmap-allow-mixed": .extensionMapAllowMixed
        case "sendrecv": .direction(.sendrecv)
        case "sendonly": .direction(.sendonly)
        case "recvonly": .direction(.recvonly)
        case "inactive": .direction(.inactive)
        case "mid", "ice-ufrag", "ice-pwd", "fingerprint", "setup", "rtpmap", "extmap", "ssrc", "candidate":
            throw MalformedValue(expected: "a value after a=\(name):")
        default: .other(name: name, value: nil)
        }
    }

    private static func valued(_ name: String, _ value: Substring) throws(MalformedValue) -> Attribute {
        switch name {
        case "group": return .group(try Group(value: value))
        case "mid":
            guard value.isToken else { throw MalformedValue(expected: "a=mid:<token>") }
            return .mid(String(value))
        case "ice-ufrag":
            guard (4...256).contains(value.utf8.count), value.isICEText else {
                throw MalformedValue(expected: "a=ice-ufrag:<4 to 256 ice-chars>")
            }
            return .iceUfrag(String(value))
        case "ice-pwd":
            guard (22...256).contains(value.utf8.count), value.isICEText else {
                throw MalformedValue(expected: "a=ice-pwd:<22 to 256 ice-chars>")
            }
            return .icePwd(String(value))
        case "ice-options": return .iceOptions(value.fields().map(String.init))
        case "candidate":
            // Only the count is checked here; the ICE module reads the text.
            guard value.fields().count >= 8 else {
                throw MalformedValue(
                    expected: "a=candidate:<foundation> <component> <transport> <priority> <address> <port> typ <type>")
            }
            return .candidate(String(value.trimmed()))
        case "fingerprint": return .fingerprint(try FingerprintAttribute(value: value))
        case "setup":
            guard let setup = Setup(rawValue: value.trimmed().lowercased()) else {
                throw MalformedValue(expected: "a=setup:active, passive, actpass or holdconn")
            }
            return .setup(setup)
        case "rtpmap": return .rtpMap(try RTPMap(value: value))
        case "fmtp": return .formatParameters(try FormatParameters(value: value))
        case "rtcp-fb": return .rtcpFeedback(try RTCPFeedback(value: value))
        case "extmap": return .extensionMap(try ExtensionMap(value: value))
        case "ssrc": return .source(try SourceAttribute(value: value))
        case "ssrc-group": return .sourceGroup(try SourceGroup(value: value))
        case "msid": return .streamIdentifier(try StreamIdentifier(value: value))
        case "rid":
            if let rid = RestrictionIdentifier(value: value) { return .restrictionIdentifier(rid) }
        case "simulcast":
            if let simulcast = Simulcast(value: value) { return .simulcast(simulcast) }
        default: break
        }
        return .other(name: name, value: String(value))
    }

    /// What stands after `a=`.
    public var text: String {
        switch self {
        case .group(let group): "group:\(group)"
        case .mid(let mid): "mid:\(mid)"
        case .iceUfrag(let fragment): "ice-ufrag:\(fragment)"
        case .icePwd(let password): "ice-pwd:\(password)"
        case .iceOptions(let options): "ice-options:" + options.joined(separator: " ")
        case .iceLite: "ice-lite"
        case .candidate(let text): "candidate:\(text)"
        case .endOfCandidates: "end-of-candidates"
        case .fingerprint(let fingerprint): "fingerprint:\(fingerprint)"
        case .setup(let setup): "setup:\(setup.rawValue)"
        case .rtcpMux: "rtcp-mux"
        case .rtcpMuxOnly: "rtcp-mux-only"
        case .rtcpReducedSize: "rtcp-rsize"
        case .bundleOnly: "bundle-only"
        case .direction(let direction): direction.rawValue
        case .rtpMap(let map): "rtpmap:\(map)"
        case .formatParameters(let parameters): "fmtp:\(parameters)"
        case .rtcpFeedback(let feedback): "rtcp-fb:\(feedback)"
        case .extensionMap(let map): "extmap:\(map)"
        case .extensionMapAllowMixed: "extmap-allow-mixed"
        case .source(let source): "ssrc:\(source)"
        case .sourceGroup(let group): "ssrc-group:\(group)"
        case .streamIdentifier(let identifier): "msid:\(identifier)"
        case .restrictionIdentifier(let rid): "rid:\(rid)"
        case .simulcast(let simulcast): "simulcast:\(simulcast)"
        case .other(let name, let value): name + (value.map { ":\($0)" } ?? "")
        }
    }
}

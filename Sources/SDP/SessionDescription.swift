/// An offer or an answer: what `RTCSessionDescription` is to a browser, with the body parsed.
public struct SessionDescription: Hashable, Sendable {
    /// What the description is for (RFC 9429 §4.1.10).
    public enum Kind: String, Hashable, Sendable {
        case offer, pranswer, answer, rollback
    }

    public var type: Kind
    /// The body; of no meaning in a rollback.
    public var session: Session

    public init(type: Kind, session: Session) {
        self.type = type
        self.session = session
    }

    /// A rollback, which has no body.
    public static var rollback: SessionDescription {
        SessionDescription(type: .rollback, session: Session(origin: Origin(sessionID: 0, version: 0)))
    }

    /// Parses a body. Lines may end in CRLF or LF. A rollback's text is not looked at.
    public init(type: Kind, sdp: String, limits: SDPLimits = .standard) throws(SDPError) {
        self.type = type
        session =
            type == .rollback ? SessionDescription.rollback.session : try Session(parsing: sdp, limits: limits)
    }

    /// Parses a body of bytes as they came.
    public init(type: Kind, bytes: [UInt8], limits: SDPLimits = .standard) throws(SDPError) {
        guard bytes.count <= limits.bytes else {
            throw SDPError(.limit, line: 0, expected: "at most \(limits.bytes) bytes, not \(bytes.count)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SDPError(.syntax, line: 0, expected: "UTF-8 text")
        }
        try self.init(type: type, sdp: text, limits: limits)
    }

    /// The body as text, lines ending in CRLF; "" for a rollback.
    public var sdp: String { type == .rollback ? "" : session.text }
}

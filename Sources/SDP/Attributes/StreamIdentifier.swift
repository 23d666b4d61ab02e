/// `a=msid:stream track` (RFC 8830): which media stream, and which of its tracks.
public struct StreamIdentifier: Hashable, Sendable, CustomStringConvertible {
    /// The stream; `-` for a track outside every stream.
    public var stream: String
    public var track: String?

    public init(stream: String, track: String? = nil) {
        self.stream = stream
        self.track = track
    }

    init(value: Substring) throws(MalformedValue) {
        let fields = value.fields()
        guard let stream = fields.first else { throw MalformedValue(expected: "a=msid:<stream> [<track>]") }
        self.init(stream: String(stream), track: fields.count > 1 ? String(fields[1]) : nil)
    }

    public var description: String { stream + (track.map { " \($0)" } ?? "") }
}

/// The first word of an `m=` line (RFC 8866 §5.14).
public enum MediaType: Hashable, Sendable, CustomStringConvertible {
    case audio, video, application
    case other(String)

    init(_ text: Substring) {
        self =
            switch text {
            case "audio": .audio
            case "video": .video
            case "application": .application
            default: .other(String(text))
            }
    }

    public var description: String {
        switch self {
        case .audio: "audio"
        case .video: "video"
        case .application: "application"
        case .other(let text): text
        }
    }
}

/// Where an entry's meeting takes place.
public enum MeetingLink: Hashable, Sendable {
    /// An address that a configured service speaks for.
    case address(String)
    /// A meeting somewhere the room cannot go; `service` is for people ("Zoom").
    case unsupported(service: String, url: String)
    /// No meeting address at all.
    case none

    /// The address as written, whether the room can join it or not.
    public var url: String? {
        switch self {
        case .address(let url), .unsupported(_, let url): url
        case .none: nil
        }
    }
}

/// Who chooses the pair (RFC 8445 §6.1.1).
public enum ICERole: Hashable, Sendable {
    case controlling
    case controlled

    var opposite: ICERole {
        switch self {
        case .controlling: .controlled
        case .controlled: .controlling
        }
    }
}

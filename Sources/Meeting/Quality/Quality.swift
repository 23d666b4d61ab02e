/// How well media gets through; the worse one is the greater. Raw values are the contract's.
public enum Quality: String, Hashable, Sendable, CaseIterable, Comparable {
    case excellent
    case good
    case poor
    case lost

    public static func < (left: Quality, right: Quality) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .excellent: 0
        case .good: 1
        case .poor: 2
        case .lost: 3
        }
    }
}

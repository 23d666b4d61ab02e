/// How full a bounded buffer is.
public struct BufferDepth: Hashable, Sendable {
    /// Which buffer it is; of several of a kind the fullest is told.
    public var name: String
    /// Elements in it just now.
    public var depth: Int
    /// Elements it takes at most.
    public var capacity: Int
    /// Elements lost because it was full, since it was made.
    public var dropped: UInt64

    public init(_ name: String, depth: Int, capacity: Int, dropped: UInt64 = 0) {
        self.name = name
        self.depth = depth
        self.capacity = capacity
        self.dropped = dropped
    }

    /// One for each name: the depth of the fullest, and what all of them lost.
    public static func fullest(_ depths: some Sequence<BufferDepth>) -> [String: BufferDepth] {
        depths.reduce(into: [:]) { found, next in
            guard let other = found[next.name] else { return found[next.name] = next }
            let isFuller = next.depth * other.capacity > other.depth * next.capacity
            found[next.name] = isFuller ? next : other
            found[next.name]?.dropped = next.dropped + other.dropped
        }
    }
}

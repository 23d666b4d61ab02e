/// What a wait for a node ended with; empty at the deadline.
struct NodeReadiness: OptionSet, Hashable, Sendable {
    var rawValue: Int32

    /// A picture can be taken.
    static let picture = NodeReadiness(rawValue: 1)
    /// An event can be taken, such as a change of the source.
    static let event = NodeReadiness(rawValue: 2)
    /// Streaming is over: the next call says why.
    static let failure = NodeReadiness(rawValue: 4)
    /// Somebody else wants something.
    static let interruption = NodeReadiness(rawValue: 8)
}

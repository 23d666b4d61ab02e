/// How a commit is meant.
enum KMSCommit: Hashable {
    /// Would it be accepted? Changes nothing.
    case test
    /// Modes, connectors and power may change; done when the call returns.
    case modeset
    /// Another picture at the next vertical blank; returns at once, an event tells when.
    case flip
    /// The same, done when the call returns, without an event.
    case flipAndWait
}

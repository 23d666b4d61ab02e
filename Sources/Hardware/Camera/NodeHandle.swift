/// An open node, as the system calls need it. Whoever opened it closes it.
struct NodeHandle: Hashable, Sendable {
    var descriptor: Int32
    /// Whether its pictures go through V4L2's multi-planar calls.
    var isMultiplanar: Bool
}

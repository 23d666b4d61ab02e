import Base

/// A host command that the service has not answered yet.
struct PendingOperation: Hashable, Sendable {
    var id: CommandID
    var operation: Operation
    var deadline: Instant
}

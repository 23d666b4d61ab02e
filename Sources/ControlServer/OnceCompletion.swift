import ControlAPI
import JSON
import Synchronization

/// Holds a closure that may be taken once.
struct OnceCompletion: ~Copyable, Sendable {
    typealias Body = @Sendable (Result<JSONValue, RPCError>) -> Void

    private let body: Mutex<Body?>

    init(_ body: @escaping Body) {
        self.body = Mutex(body)
    }

    borrowing func take() -> Body? {
        body.withLock { body in
            defer { body = nil }
            return body
        }
    }
}

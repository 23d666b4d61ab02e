import Glibc

/// The system did not start a thread.
public struct ThreadError: Error, Hashable, Sendable, CustomStringConvertible {
    public let name: String
    /// errno of pthread_create(3).
    public let code: Int32

    public var description: String {
        "the thread '\(name)' did not start: \(String(cString: strerror(code))); raise TasksMax or free memory"
    }
}

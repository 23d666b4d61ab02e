import Glibc

/// Why the media thread could not do what was asked.
public enum TransportError: Error, Hashable, Sendable {
    /// A system call failed: what it was for, and errno.
    case system(purpose: String, code: Int32)
    /// No interface with a usable address is up.
    case noNetwork
    /// Every port of the range is taken on the address.
    case noPort(address: String, range: ClosedRange<UInt16>)
    /// A file of trusted certificates, or the system's (nil), cannot be used.
    case trust(file: String?, reason: String)
    /// TLS to a TURN server cannot be begun.
    case tls(String)
    /// The connection is closed, or never was.
    case noSuchConnection(ConnectionID)
    /// The media thread is not running.
    case stopped
}

extension TransportError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .system(let purpose, let code):
            "\(purpose) failed: \(String(cString: strerror(code)))"
        case .noNetwork:
            "expected an interface that is up and has an address, but found none; check the cable and the addresses"
        case .noPort(let address, let range):
            "every UDP port from \(range.lowerBound) to \(range.upperBound) is taken on \(address); widen the range"
        case .trust(let file?, let reason):
            "expected certificates in PEM in \(file), but they cannot be read: \(reason)"
        case .trust(nil, let reason):
            "the system's trusted certificates cannot be used: \(reason)"
        case .tls(let reason):
            reason
        case .noSuchConnection(let id):
            "\(id) is closed"
        case .stopped:
            "the media thread is not running"
        }
    }
}

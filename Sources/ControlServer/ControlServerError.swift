import CLinux

/// Why the control socket, or the metrics, cannot be served.
public enum ControlServerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another process listens at the path.
    case inUse(path: String)
    /// The path names something that is no socket; it is left alone.
    case notASocket(path: String)
    /// The path is an address where it is no file.
    case cannotListen(path: String, errno: Int32)
    /// What systemd passed is no listening Unix stream socket.
    case inheritedIsNotListening(descriptor: Int32)
    case peerUnknown(errno: Int32)
    /// The event loop would not take the socket.
    case loop(String)

    public var description: String {
        switch self {
        case .inUse(let path):
            "\(path): another process serves this socket; stop it, or configure another path."
        case .notASocket(let path):
            "\(path): expected a socket or nothing, found another kind of file; remove it or configure another path."
        case .cannotListen(let path, let code):
            path.hasPrefix("/")
                ? "\(path): cannot listen here: \(Self.text(code)). Does the folder exist, and may this user write to it?"
                : "\(path): cannot listen here: \(Self.text(code)). Does another process?"
        case .inheritedIsNotListening(let descriptor):
            "Descriptor \(descriptor) from systemd: expected a listening Unix stream socket (ListenStream=)."
        case .peerUnknown(let code): "The kernel does not tell who connected: \(Self.text(code))."
        case .loop(let text): "The control socket cannot be served: \(text)"
        }
    }

    private static func text(_ code: Int32) -> String {
        String(cString: strerror(code))
    }
}

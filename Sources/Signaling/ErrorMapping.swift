import Glibc
import NIOCore
import NIOPosix
import NIOSSL
import NIOWebSocket

extension SignalingError {
    /// What an error of NIO means to us; `doing` says what was tried.
    init(_ error: any Error, doing: String) {
        switch error {
        case let error as SignalingError: self = error
        case let error as NIOConnectionError: self = .unreachable(Self.text(error))
        // Whoever went away has said nothing against us, and may be back soon.
        case NIOSSLError.uncleanShutdown: self = .unreachable("the connection was cut while \(doing)")
        case NIOSSLError.handshakeFailed(.sslError([.eofDuringHandshake])):
            self = .unreachable("the connection was cut in the TLS handshake while \(doing); is TLS spoken there?")
        case let error as NIOSSLError: self = .tlsFailed(Self.text(error))
        case let error as BoringSSLError: self = .tlsFailed("\(error)")
        case let error as NIOSSLExtraError: self = .tlsFailed("\(error)")
        case ChannelError.connectTimeout: self = .timeout(doing)
        case ChannelError.ioOnClosedChannel, ChannelError.eof, ChannelError.alreadyClosed, ChannelError.inputClosed:
            self = .unreachable("the connection was closed while \(doing)")
        case NIOWebSocketError.invalidFrameLength: self = .tooLarge("a frame over the limit, while \(doing)")
        case let error as NIOWebSocketError: self = .protocolViolation("\(error) while \(doing)")
        case let error as IOError: self = .unreachable("\(Self.text(error)) while \(doing)")
        case is CancellationError: self = .cancelled
        default: self = .unreachable("\(error) while \(doing)")
        }
    }

    private static func text(_ error: NIOConnectionError) -> String {
        if let attempt = error.connectionErrors.first {
            let place = "\(error.host) port \(error.port)"
            guard let cause = attempt.error as? IOError else { return "\(place): \(attempt.error)" }
            return "\(place): \(text(cause))\(hint(cause.errnoCode))"
        }
        return "\(error.host) port \(error.port): the name \(error.host) cannot be looked up; "
            + "is it spelt right, and does this machine reach its name server?"
    }

    /// What to look at, where the system's word for it says that.
    private static func hint(_ code: CInt) -> String {
        switch code {
        case ECONNREFUSED: "; is the server running, and is that its port?"
        case EHOSTUNREACH, ENETUNREACH, ENETDOWN: "; is this machine's network up, and is there a way to that address?"
        case ETIMEDOUT: "; is the server up, and does a firewall stand between?"
        default: ""
        }
    }

    /// NIO's own description of it has a bracket too many, and the system call's name.
    private static func text(_ error: IOError) -> String {
        String(cString: strerror(error.errnoCode))
    }

    private static func text(_ error: NIOSSLError) -> String {
        switch error {
        case .handshakeFailed(let cause): "\(cause)"
        case .unableToValidateCertificate: "the server's certificate does not belong to that name"
        default: "\(error)"
        }
    }
}

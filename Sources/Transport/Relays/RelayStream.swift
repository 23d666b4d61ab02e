import Base
import CLinux
import Glibc
import ICE

/// A TCP or TLS connection to a TURN server, non-blocking. Lives on the media thread.
///
/// What is to be sent waits here as long as the connection does not take it; beyond a bound whole messages are dropped, as
/// a network would drop datagrams, so that congestion control hears of it.
final class RelayStream {
    /// Why a connection is of no use any more.
    struct Failure: Error, Hashable {
        let reason: String
    }

    private enum State {
        case connecting
        case handshaking(TLSSession)
        case open(TLSSession?)
    }

    /// Bytes that may wait: half a second of 2 Mbit/s.
    static let maximumWaiting = 128 << 10
    /// Bytes in the kernel that are not on their way yet.
    private static let maximumUnsent: Int32 = 32 << 10
    /// Encrypted bytes that wait before more is encrypted.
    private static let encryptedAhead = 16 << 10
    /// Milliseconds until a server that acknowledges nothing counts as gone.
    private static let patience: UInt32 = 12_000

    let id: TURNStreamID
    let server: TURNServer
    let descriptor: Int32
    /// Set when it is to be closed once what waits has gone, or then at the latest.
    var closesAt: Instant?
    /// Whether the poller looks for room to write.
    var isWatchedForWriting = false
    private var state = State.connecting
    private var hasShutDown = false
    private let trust: TLSTrust?
    private var waiting = StreamBuffer()
    private var encrypted = StreamBuffer()

    init(
        _ id: TURNStreamID, to server: TURNServer, dscp: SocketOptions.CodePoint?, trust: TLSTrust?
    ) throws(Failure) {
        self.id = id
        self.server = server
        self.trust = trust
        let isV6: Int32 = server.address.ip.isV6 ? 1 : 0
        let descriptor = clinux_tcp_open(isV6, Self.maximumUnsent, Self.patience)
        guard descriptor >= 0 else { throw Self.failure("no socket for it can be opened", -descriptor) }
        if let dscp { _ = clinux_udp_set_dscp(descriptor, isV6, Int32(dscp.rawValue)) }
        var address = server.address.system
        let status = clinux_tcp_connect(descriptor, &address)
        guard status == 0 else {
            Glibc.close(descriptor)
            throw Self.failure("it cannot be reached", -status)
        }
        self.descriptor = descriptor
    }

    deinit {
        Glibc.close(descriptor)
    }

    /// Whether it waits for room to write, or for the connection to stand.
    var wantsToWrite: Bool {
        switch state {
        case .connecting: true
        case .handshaking: !encrypted.isEmpty
        case .open: !encrypted.isEmpty || !waiting.isEmpty
        }
    }

    /// Whether nothing is left to be sent.
    var isFlushed: Bool { waiting.isEmpty && encrypted.isEmpty }

    /// Takes a whole message.
    /// - Returns: false when too much waits already.
    func append(_ message: borrowing [UInt8]) -> Bool {
        guard waiting.count + message.count <= Self.maximumWaiting else { return false }
        waiting.append(message)
        return true
    }

    /// Has it closed once what waits has gone, or at the deadline.
    func close(by deadline: Instant) {
        closesAt = closesAt ?? deadline
    }

    /// Says goodbye where that is the custom.
    private func shutDown(_ session: TLSSession) {
        guard closesAt != nil, !hasShutDown else { return }
        hasShutDown = true
        session.shutdown()
        session.drain(into: &encrypted)
    }

    /// Gets on: connects, shakes hands, sends, as far as that goes without waiting.
    func push() throws(Failure) {
        if case .connecting = state { try connect() }
        if case .handshaking(let session) = state { try handshake(session) }
        switch state {
        case .connecting: return
        case .handshaking: try send(&encrypted)
        case .open(nil): try send(&waiting)
        case .open(let session?):
            while true {
                if waiting.isEmpty { shutDown(session) }
                try send(&encrypted)
                guard !waiting.isEmpty, encrypted.count < Self.encryptedAhead else { return }
                var taken = 0
                waiting.withBytes { bytes in
                    taken = session.write(UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.encryptedAhead)))
                    return taken
                }
                session.drain(into: &encrypted)
                guard taken > 0 else { throw Failure(reason: "TLS takes no more bytes") }
            }
        }
    }

    /// Reads what has come, without waiting.
    /// - Parameters:
    ///   - buffer: room for it, of a fixed size.
    ///   - take: gets bytes of the TURN server's, cut as they may be.
    /// - Returns: whether there may be more.
    func pull(using buffer: inout [UInt8], _ take: (Span<UInt8>) -> Void) throws(Failure) -> Bool {
        if case .connecting = state { return false }
        let count = clinux_stream_receive(descriptor, &buffer, Int32(buffer.count))
        guard count != -EAGAIN else { return false }
        guard count >= 0 else { throw Self.failure("the connection to it broke", -count) }
        let isEnd = count == 0
        let isFull = Int(count) == buffer.count
        switch state {
        case .connecting: break
        case .open(nil):
            if count > 0 { take(buffer.span.extracting(first: Int(count))) }
        case .handshaking(let session), .open(let session?):
            buffer.withUnsafeBytes { session.receive(UnsafeRawBufferPointer(rebasing: $0[..<Int(count)])) }
            if case .handshaking = state { try handshake(session) }
            if case .open = state { try decrypt(session, using: &buffer, take) }
        }
        if isEnd { throw Failure(reason: "it has closed the connection") }
        return isFull
    }

    private func decrypt(
        _ session: TLSSession, using buffer: inout [UInt8], _ take: (Span<UInt8>) -> Void
    ) throws(Failure) {
        while true {
            switch buffer.withUnsafeMutableBytes({ session.read(into: $0) }) {
            case .bytes(let count): take(buffer.span.extracting(first: count))
            case .waiting:
                // Answers of TLS's own.
                session.drain(into: &encrypted)
                return
            case .closed: throw Failure(reason: "it has closed the connection")
            case .failed(let reason): throw Failure(reason: reason)
            }
        }
    }

    private func connect() throws(Failure) {
        let status = clinux_tcp_progress(descriptor)
        guard status != -EINPROGRESS else { return }
        guard status == 0 else { throw Self.failure("it cannot be reached", -status) }
        guard server.transport == .tls else {
            state = .open(nil)
            return
        }
        do throws(TransportError) {
            let trust = if let trust { trust } else { try TLSTrust() }
            state = .handshaking(try TLSSession(host: server.name ?? "\(server.address.ip)", trust: trust))
        } catch {
            throw Failure(reason: "\(error)")
        }
    }

    private func handshake(_ session: TLSSession) throws(Failure) {
        let progress = session.handshake()
        // Also the alert that tells the server what was wrong.
        session.drain(into: &encrypted)
        switch progress {
        case .done: state = .open(session)
        case .waiting: break
        case .failed(let reason):
            try? send(&encrypted)
            throw Failure(reason: reason)
        }
    }

    private func send(_ buffer: inout StreamBuffer) throws(Failure) {
        while !buffer.isEmpty {
            var sent: Int32 = 0
            buffer.withBytes { bytes in
                sent = clinux_stream_send(
                    descriptor, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(bytes.count))
                return Int(max(sent, 0))
            }
            if sent == -EAGAIN { return }
            guard sent >= 0 else { throw Self.failure("the connection to it broke", -sent) }
        }
    }

    private static func failure(_ what: String, _ code: Int32) -> Failure {
        Failure(reason: "\(what): \(String(cString: strerror(code)))")
    }
}

public import Base
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import Synchronization

/// How to connect, and what to bear.
public struct WebSocketOptions: Sendable {
    /// Asked for and then demanded of the server.
    public var subprotocol: String?
    public var trust = TrustSettings()
    /// For name, TCP, TLS and upgrade together.
    public var connectTimeout = Duration.seconds(10)
    /// A ping goes out this often.
    public var pingInterval = Duration.seconds(2)
    /// Without any sign of life for so long the connection is dead and closed.
    public var silenceLimit = Duration.seconds(5)
    /// Of one message, in bytes, whole or in fragments.
    public var largestMessage = 1 << 20
    /// Messages kept for a slow reader; one more ends the connection.
    public var inboundLimit = 1024
    /// Bytes kept for a slow server; more ends the connection.
    public var outboundLimit = 4 << 20

    public init(subprotocol: String? = nil) {
        self.subprotocol = subprotocol
    }
}

/// A WebSocket to a server (RFC 6455), for texts. Runs on NIO's shared threads.
///
/// Read `messages` until it ends; then `failure` says why, nil after a regular close.
public final class WebSocketClient: Sendable {
    /// UTF-8 texts in order; one reader.
    public let messages: AsyncStream<[UInt8]>

    private let channel: any Channel
    private let state: WebSocketState

    private init(_ channel: any Channel, _ state: WebSocketState, _ messages: AsyncStream<[UInt8]>) {
        self.channel = channel
        self.state = state
        self.messages = messages
    }

    deinit {
        channel.close(promise: nil)
    }

    /// Why the connection ended; nil while it lives and after a regular close.
    public var failure: SignalingError? { state.failure }

    /// When the server gave its last sign of life: a message, or the answer to a ping.
    public var heardAt: Instant { state.heardAt }

    public static func connect(
        to url: String, _ options: WebSocketOptions = WebSocketOptions()
    ) async throws(SignalingError) -> WebSocketClient {
        let endpoint = try WebSocketEndpoint(url)
        let tls = endpoint.isSecure ? try TLSClient(options.trust, endpoint) : nil
        let (messages, continuation) = AsyncStream.makeStream(
            of: [UInt8].self, bufferingPolicy: .bufferingOldest(options.inboundLimit))
        let state = WebSocketState(continuation)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let ready = loop.makePromise(of: Void.self)
        let opener = WebSocketOpener(endpoint: endpoint, options: options, state: state, ready: ready)
        let bootstrap = ClientBootstrap(group: loop)
            .resolver(NameResolver(endpoint.host, port: endpoint.port, lookup: .shared, on: loop))
            .connectTimeout(.nanoseconds(options.connectTimeout.nanoseconds))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(tls.handler()) }
                    try opener.prepare(channel)
                }
            }
        let deadline = NIODeadline.now() + .nanoseconds(options.connectTimeout.nanoseconds)
        let timer = ready.futureResult.eventLoop.scheduleTask(deadline: deadline) {
            let place = "\(endpoint.host) port \(endpoint.port)"
            ready.fail(SignalingError.timeout("\(place): no connection in \(options.connectTimeout)"))
        }
        do {
            let connecting = bootstrap.connect(host: endpoint.host, port: endpoint.port)
            connecting.whenFailure { ready.fail($0) }
            return try await withTaskCancellationHandler {
                do {
                    try await ready.futureResult.get()
                } catch {
                    connecting.whenSuccess { $0.close(promise: nil) }
                    throw error
                }
                timer.cancel()
                return WebSocketClient(try await connecting.get(), state, messages)
            } onCancel: {
                ready.fail(CancellationError())
            }
        } catch {
            timer.cancel()
            state.end(nil)
            throw SignalingError(error, doing: "connecting to \(endpoint.host) port \(endpoint.port)")
        }
    }

    /// Sends one text. Does not wait; what cannot be sent ends the connection, which `messages` tells.
    public func send(_ text: [UInt8]) {
        channel.writeAndFlush(WebSocketHandler.Outbound.text(text), promise: nil)
    }

    /// Closes without a word and without waiting, when another connection has taken this one's place.
    public func abandon() {
        channel.close(promise: nil)
    }

    /// Says goodbye (code 1000) and closes; waits for the server's goodbye for at most a second.
    public func close() async {
        channel.writeAndFlush(WebSocketHandler.Outbound.goodbye, promise: nil)
        let channel = channel
        let timer = channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
        try? await channel.closeFuture.get()
        timer.cancel()
    }
}

/// What the channel's thread and the reader share.
final class WebSocketState: Sendable {
    private let continuation: AsyncStream<[UInt8]>.Continuation
    private let failed = Mutex<SignalingError?>(nil)
    private let heard = Atomic<UInt64>(NIODeadline.now().uptimeNanoseconds)

    init(_ continuation: AsyncStream<[UInt8]>.Continuation) {
        self.continuation = continuation
    }

    var failure: SignalingError? { failed.withLock { $0 } }

    /// NIO's clock is CLOCK_MONOTONIC, as ours is.
    var heardAt: Instant { Instant(nanoseconds: Int64(heard.load(ordering: .relaxed))) }

    func beat(at now: NIODeadline) {
        heard.store(now.uptimeNanoseconds, ordering: .relaxed)
    }

    /// - Returns: false when the reader is too slow.
    func deliver(_ text: [UInt8]) -> Bool {
        if case .dropped = continuation.yield(text) { false } else { true }
    }

    /// The first reason counts.
    func fail(_ error: SignalingError) {
        failed.withLock { $0 = $0 ?? error }
    }

    func end(_ error: SignalingError?) {
        if let error { fail(error) }
        continuation.finish()
    }
}

/// A TLS context made once, and handlers from it.
private struct TLSClient: Sendable {
    let context: NIOSSLContext
    let serverName: String?

    init(_ trust: TrustSettings, _ endpoint: WebSocketEndpoint) throws(SignalingError) {
        let configuration = try trust.configuration()
        do {
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw .tlsFailed("\(error)")
        }
        // Server names are no addresses (RFC 6066 §3); NIOSSL then compares the certificate with the peer's address.
        serverName = endpoint.isIPAddress ? nil : endpoint.host
    }

    func handler() throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(context: context, serverHostname: serverName)
    }
}

extension Duration {
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}

public import Base
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Gives out one text, the metrics, at `/metrics` by HTTP/1.1: on a Unix socket to those who may read the state by the
/// control socket, on a loopback address to everybody on this machine.
///
/// One request a connection, few connections, little time and few bytes for each, on an event loop of its own: whoever
/// floods or dawdles holds up nobody but those who read metrics.
public final class MetricsServer: Sendable {
    public enum Place: Hashable, Sendable {
        /// A socket file, bound here and removed at the end.
        case path(String)
        /// An address of this machine; port 0 for any.
        case loopback(Base.SocketAddress)
    }

    public struct Configuration: Hashable, Sendable {
        public var place: Place
        /// Names of groups whose members may read a socket file, beside root and the daemon's own user; nil for none.
        public var operators: String?
        public var observers: String?
        /// Of the text.
        public var contentType: String
        /// Connections at a time; one more is closed at once.
        var connectionLimit = 16
        /// Bytes of a request.
        var requestLimit = 16_384
        /// From connecting until the answer has been read.
        var patience = Duration.seconds(10)

        public init(place: Place, operators: String?, observers: String?, contentType: String) {
            self.place = place
            self.operators = operators
            self.observers = observers
            self.contentType = contentType
        }
    }

    private let group: MultiThreadedEventLoopGroup
    private let listener: any Channel
    private let socket: ListeningSocket?

    /// The port of a loopback address.
    var port: Int? { listener.localAddress?.port }

    /// - Parameter text: made anew for each request.
    public static func start(
        _ configuration: Configuration, text: @escaping @Sendable () async -> String
    ) async throws(ControlServerError) -> MetricsServer {
        try await start(configuration, owner: geteuid(), text: text)
    }

    /// - Parameter owner: the user who counts as the daemon's own.
    static func start(
        _ configuration: Configuration, owner: UInt32, text: @escaping @Sendable () async -> String
    ) async throws(ControlServerError) -> MetricsServer {
        let (policy, _) = AccessPolicy.resolving(
            operators: configuration.operators, observers: configuration.observers, owner: owner)
        let gate = MetricsGate(limit: configuration.connectionLimit, policy: policy)
        var socket: ListeningSocket?
        if case .path(let path) = configuration.place { socket = try ListeningSocket(.path(path)) }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try gate.accept(channel, configuration, text) }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 2048, maximum: 16_384))
        do {
            switch configuration.place {
            case .path:
                let descriptor = socket?.descriptor ?? -1
                return MetricsServer(
                    group: group, listener: try await bootstrap.withBoundSocket(descriptor).get(), socket: socket)
            case .loopback(let address):
                let local = try NIOCore.SocketAddress(ipAddress: "\(address.ip)", port: Int(address.port))
                return MetricsServer(group: group, listener: try await bootstrap.bind(to: local).get(), socket: nil)
            }
        } catch {
            socket?.removeFile()
            try? await group.shutdownGracefully()
            guard case .loopback(let address) = configuration.place else { throw .loop("\(error)") }
            if let failure = error as? IOError {
                throw .cannotListen(path: address.description, errno: failure.errnoCode)
            }
            throw .loop("\(address): \(error)")
        }
    }

    private init(group: MultiThreadedEventLoopGroup, listener: any Channel, socket: ListeningSocket?) {
        self.group = group
        self.listener = listener
        self.socket = socket
    }

    /// Stops listening, ends all connections and removes the socket file.
    public func stop() async {
        socket?.removeFile()
        try? await listener.close().get()
        try? await group.shutdownGracefully()
    }
}

/// Lets connections in: so many at a time, and on a socket file only those who may read.
private final class MetricsGate: Sendable {
    private struct Crowded: Error {}

    private let count = Atomic<Int>(0)
    private let limit: Int
    private let policy: AccessPolicy

    init(limit: Int, policy: AccessPolicy) {
        self.limit = limit
        self.policy = policy
    }

    func accept(
        _ channel: any Channel, _ configuration: MetricsServer.Configuration,
        _ text: @escaping @Sendable () async -> String
    ) throws {
        let present = count.wrappingAdd(1, ordering: .relaxed).newValue
        channel.closeFuture.whenComplete { [self] _ in count.wrappingSubtract(1, ordering: .relaxed) }
        guard present <= limit else { throw Crowded() }
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(RequestBudget(configuration.requestLimit))
        try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false, withErrorHandling: true)
        try pipeline.addHandler(
            MetricsConnection(
                mayRead: try mayRead(channel, configuration.place), contentType: configuration.contentType, text: text))
        let patience = TimeAmount.nanoseconds(configuration.patience.inNanoseconds)
        let deadline = channel.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in deadline.cancel() }
    }

    private func mayRead(_ channel: any Channel, _ place: MetricsServer.Place) throws -> Bool {
        guard case .path = place else { return true }
        let peer = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            try PeerCredentials(of: $0)
        }
        return peer.map { policy.access(for: $0) != nil } ?? false
    }
}

public import Base
import CLinux
public import ControlAPI
import NIOCore
import NIOPosix
import Synchronization

/// The control socket: JSON-RPC 2.0 over a Unix stream socket, one JSON text a line (see Docs/control-api.md).
///
/// Everything runs on one event loop of its own; a slow client, a flood or a thousand subscriptions never reach the
/// threads that carry media.
public final class ControlServer: Sendable {
    public struct Configuration: Hashable, Sendable {
        public var socket: ControlSocket
        /// Names of groups; nil for none.
        public var operators: String?
        public var observers: String?
        /// Of the daemon, for `rpc.discover`.
        public var version: String
        public var clientLimit = 256
        /// Bytes of a line, its LF not counted.
        public var lineLimit = 1 << 20
        /// Requests of one connection that may wait for their answer; while there are so many, no more are read.
        public var requestLimit = 64
        /// Bytes queued for clients that read slowly.
        var output = OutputLedger.Limits()

        public init(socket: ControlSocket, operators: String?, observers: String?, version: String) {
            self.socket = socket
            self.operators = operators
            self.observers = observers
            self.version = version
        }
    }

    /// Configured groups that do not exist: a health problem, not a failure.
    public let missingGroups: [String]

    private let group: MultiThreadedEventLoopGroup
    private let gate: LoopGate
    private let hub: NIOLoopBound<ControlHub>
    private let listener: any Channel
    private let socket: ListeningSocket
    private let latestState = Mutex<(state: RoomState, at: Instant)?>(nil)

    /// Opens the socket and serves it from now on.
    public static func start(
        _ configuration: Configuration, handler: any ControlHandler
    ) async throws(ControlServerError) -> ControlServer {
        try await start(configuration, handler: handler, owner: geteuid())
    }

    /// - Parameter owner: the user who counts as the daemon's own.
    static func start(
        _ configuration: Configuration, handler: any ControlHandler, owner: UInt32
    ) async throws(ControlServerError) -> ControlServer {
        let (policy, missing) = AccessPolicy.resolving(
            operators: configuration.operators, observers: configuration.observers, owner: owner)
        let socket = try ListeningSocket(configuration.socket)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let gate = LoopGate(loop)
        do {
            let hub = try await loop.submit {
                NIOLoopBound(
                    ControlHub(settings: configuration, policy: policy, handler: handler, loop: loop, gate: gate),
                    eventLoop: loop)
            }.get()
            let listener = try await ServerBootstrap(group: group)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        do {
                            try hub.value.accept(channel)
                        } catch {
                            hub.value.acceptFailed(error)
                            throw error
                        }
                    }
                }
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                // One read a turn of the loop: a client that floods waits for the others.
                .childChannelOption(.maxMessagesPerRead, value: 1)
                .childChannelOption(
                    .recvAllocator,
                    value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 2048, maximum: 65_536)
                )
                .withBoundSocket(socket.descriptor).get()
            return ControlServer(
                missingGroups: missing, group: group, gate: gate, hub: hub, listener: listener, socket: socket)
        } catch {
            socket.removeFile()
            try? await group.shutdownGracefully()
            throw .loop("\(error)")
        }
    }

    private init(
        missingGroups: [String], group: MultiThreadedEventLoopGroup, gate: LoopGate, hub: NIOLoopBound<ControlHub>,
        listener: any Channel, socket: ListeningSocket
    ) {
        self.missingGroups = missingGroups
        self.group = group
        self.gate = gate
        self.hub = hub
        self.listener = listener
        self.socket = socket
    }

    /// Makes a state the one that clients see. From any thread, as often as anything changes: the latest wins, and the
    /// feed sends only what differs.
    /// - Parameter instant: when `meeting.elapsed` in it was right.
    public func publish(_ state: RoomState, at instant: Instant) {
        let wasWaiting = latestState.withLock { latest in
            defer { latest = (state, instant) }
            return latest != nil
        }
        if wasWaiting { return }
        gate.execute { [self] in
            let taken = latestState.withLock { latest in
                defer { latest = nil }
                return latest
            }
            if let taken { hub.value.publish(taken.state, at: taken.at) }
        }
    }

    /// Tells subscribers of an event. From any thread; events keep their order.
    public func publish(_ event: RoomEvent, at time: UTCTime) {
        gate.execute { [self] in hub.value.publish(event, at: time) }
    }

    /// Runs a closure on the event loop: that it runs shows that the loop goes on.
    public func execute(_ body: @escaping @Sendable () -> Void) {
        gate.execute(body)
    }

    /// Bytes queued for all clients together.
    public func outputDepth() async -> BufferDepth {
        let hub = hub
        let (queued, limit) = (try? await group.next().submit { hub.value.queued }.get()) ?? (0, 0)
        return BufferDepth("controlOutput", depth: queued, capacity: limit)
    }

    /// Stops listening, ends all connections and removes the socket file; answers given later go nowhere.
    public func stop() async {
        socket.removeFile()
        try? await listener.close().get()
        let hub = hub
        try? await group.next().submit { hub.value.closeAll() }.get()
        gate.close()
        try? await group.shutdownGracefully()
    }
}

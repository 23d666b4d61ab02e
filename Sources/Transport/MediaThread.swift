public import Base
import ICE
public import Media
import Synchronization
public import WebRTC

/// The one thread that owns all UDP sockets and drives all peer connections.
///
/// The control plane posts closures to it and awaits their result; other media threads hand packets over by queues
/// (`audioQueue`, `videoQueue`). What is received goes to each connection's `MediaSink`, on this thread.
public final class MediaThread: Sendable {
    private enum State: Sendable {
        case idle
        case running(DeviceThread)
        case stopped
    }

    /// Beats with every turn.
    public let pulse = LoopPulse("media")
    private let queue = CommandQueue()
    private let options: SocketOptions
    private let state = Mutex(State.idle)
    private let launch: @Sendable (@escaping @Sendable () -> Void) throws -> DeviceThread

    public convenience init(options: SocketOptions = SocketOptions()) {
        self.init(options: options) { body in try DeviceThread(name: "media", priority: .realTime(10), body) }
    }

    /// - Parameter launch: starts the thread.
    init(
        options: SocketOptions, launch: @escaping @Sendable (@escaping @Sendable () -> Void) throws -> DeviceThread
    ) {
        self.options = options
        self.launch = launch
    }

    deinit {
        // Not joined: the last reference may be let go on the thread itself.
        queue.close()
    }

    /// Starts the thread. Once.
    public func start() throws {
        try state.withLock { state in
            guard case .idle = state else { preconditionFailure("a media thread is started once") }
            // Made here, so that a failure is told; from then on the thread's alone.
            nonisolated(unsafe) let loop = try MediaLoop(
                queue: queue, options: options, seed: .random(in: .min ... .max), pulse: pulse)
            queue.open()
            do {
                state = .running(try launch { loop.run() })
            } catch {
                // Who has posted meanwhile waits for an answer: the loop, ending at once, gives it.
                queue.close()
                loop.run()
                throw error
            }
        }
    }

    /// Closes all connections, with their farewells on the wire, and waits for the thread's end. Not from a sink.
    public func stop() {
        let thread: DeviceThread? = state.withLock { state in
            defer { state = .stopped }
            return if case .running(let thread) = state { thread } else { nil }
        }
        queue.close()
        thread?.join()
    }

    // MARK: - Control plane

    /// Opens sockets on all addresses that are up, and a peer connection over them.
    ///
    /// The sink is called from the first candidate on, which is before this returns.
    /// - Parameters:
    ///   - includeLoopback: also on 127.0.0.1 and ::1, for peers on the same machine.
    ///   - trust: whom TLS connections to TURN servers trust; nil: the system's authorities.
    public func open(
        _ configuration: PeerConnection.Configuration, includeLoopback: Bool = false, trust: TLSTrust? = nil,
        sink: any MediaSink
    ) async throws -> ConnectionID {
        var trust = trust
        // Read here: the media thread has no time for it.
        if trust == nil, configuration.turnServers.contains(where: { $0.transport == .tls }) { trust = try TLSTrust() }
        return try await run { [trust] in
            try $0.open(configuration, includeLoopback: includeLoopback, trust: trust, sink: sink)
        }
    }

    /// Runs a closure on the thread with the connection and the present instant. It must not block.
    /// - Throws: what the closure throws, or `TransportError` when the connection or the thread is gone.
    public func with<T: Sendable>(
        _ id: ConnectionID, _ body: @escaping @Sendable (inout PeerConnection, Instant) throws -> T
    ) async throws -> T {
        try await run { try $0.with(id, body) }
    }

    /// Opens sockets on addresses that the machine has got since the connection was opened, as further candidates; for
    /// an ICE restart after the network has changed.
    public func addSockets(to id: ConnectionID, includeLoopback: Bool = false) async throws {
        try await run { try $0.addSockets(to: id, includeLoopback: includeLoopback) }
    }

    /// Gives up sockets whose addresses have left the machine, where others remain: what hangs on them has failed. An
    /// address on an interface whose cable is pulled has not left.
    public func removeLostSockets(of id: ConnectionID) async throws {
        try await run { try $0.removeLostSockets(of: id) }
    }

    /// By which anybody sees whether datagrams still come in; it can be kept and asked at any time.
    public func pulse(of id: ConnectionID) async throws -> ConnectionPulse {
        try await run { try $0.pulse(of: id) }
    }

    /// A queue for one transceiver's audio. It lasts as long as the connection.
    public func audioQueue(for id: ConnectionID, on transceiver: TransceiverID) async throws -> OutgoingAudioQueue {
        let queue = OutgoingAudioQueue(transceiver: transceiver, wake: self.queue.wake)
        try await run { try $0.add(queue, to: id) }
        return queue
    }

    /// A queue for one transceiver's video. It lasts as long as the connection.
    public func videoQueue(for id: ConnectionID, on transceiver: TransceiverID) async throws -> OutgoingVideoQueue {
        let queue = OutgoingVideoQueue(transceiver: transceiver, wake: self.queue.wake)
        try await run { try $0.add(queue, to: id) }
        return queue
    }

    /// Closes a connection; on return its farewell is on the wire and its sink is called no more.
    public func close(_ id: ConnectionID) async throws {
        try await run { try $0.close(id) }
    }

    public func statistics() async throws -> TransportStatistics {
        try await run { $0.report }
    }

    private func run<T: Sendable>(_ body: @escaping @Sendable (MediaLoop) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let isAccepted = queue.post { loop in continuation.resume(with: Result { try body(loop) }) }
            if !isAccepted { continuation.resume(throwing: TransportError.stopped) }
        }
    }
}

import Base
import CLinux
import Media
import WebRTC

/// The body of the media thread: sockets, timers and every peer connection. Touched by that thread only.
///
/// One turn: sleep, read what came, run commands, take what was handed over, fire timers, then drain every machine.
final class MediaLoop {
    /// Batches read from one socket before the others get their turn.
    private static let batchesPerTurn = 8
    /// How long a closing connection's last datagrams may wait for room in the socket, in milliseconds.
    private static let farewellPatience: Int32 = 20

    private(set) var statistics = TransportStatistics()
    private let queue: CommandQueue
    private let options: SocketOptions
    private var poller: Poller
    private var receiving: DatagramBatch
    private var sending: DatagramBatch
    private var random: SeededRandom
    private var connections: [DrivenConnection] = []
    private var owners: [Int32: (connection: DrivenConnection, socket: UDPSocket)] = [:]
    private var lastNumber: UInt64 = 0
    private var isStopping = false
    private var readable: [Int32] = []
    private var datagram: [UInt8] = []
    private var media: [UInt8] = []

    init(queue: CommandQueue, options: SocketOptions, seed: UInt64) throws(TransportError) {
        self.queue = queue
        self.options = options
        random = SeededRandom(seed: seed)
        poller = try Poller()
        receiving = try DatagramBatch()
        sending = try DatagramBatch()
        try poller.add(queue.wake.fileDescriptor)
    }

    func run() {
        while !isStopping { turn() }
        for connection in connections { farewell(connection) }
        connections = []
        // Those that were posted in the meantime find nothing and say so.
        for command in queue.take().commands { command(self) }
    }

    private func turn() {
        let deadline = connections.lazy.compactMap(\.deadline).min()
        poller.wait(until: deadline, now: MonotonicClock.now, into: &readable)
        for descriptor in readable {
            if descriptor == queue.wake.fileDescriptor {
                queue.wake.drain()
            } else if let owner = owners[descriptor] {
                receive(on: owner.socket, for: owner.connection)
            }
        }
        let (commands, isOpen) = queue.take()
        for command in commands { command(self) }
        let now = MonotonicClock.now
        for connection in connections {
            connection.takeHandedOver(using: &media, at: now)
            if let deadline = connection.peer.nextDeadline, deadline <= now { connection.peer.handleTimeout(at: now) }
            transmit(connection)
            connection.deliver(using: &media, at: now)
            connection.planNextTimeout(after: now)
        }
        isStopping = !isOpen
    }

    // MARK: - Datagrams

    private func receive(on socket: UDPSocket, for connection: DrivenConnection) {
        for _ in 0..<Self.batchesPerTurn {
            let count = receiving.receive(on: socket.descriptor)
            guard count >= 0 else { return receiveFailed(on: socket) }
            guard count > 0 else { return }
            socket.failures = 0
            statistics.receiveBatches += 1
            let now = MonotonicClock.now
            connection.pulse.beat(at: now)
            for index in 0..<count {
                guard let sender = receiving.datagram(at: index, into: &datagram) else {
                    statistics.oversized += 1
                    continue
                }
                statistics.received += 1
                connection.peer.receive(&datagram, from: sender, on: socket.local, at: now)
            }
            // After each batch, so that no bounded queue inside overflows.
            connection.deliver(using: &media, at: now)
            if count < DatagramBatch.capacity { return }
        }
    }

    /// An ICMP message leaves an error on the socket once. A socket that does nothing else is left alone.
    private func receiveFailed(on socket: UDPSocket) {
        statistics.receiveFailures += 1
        _ = clinux_socket_error(socket.descriptor)
        socket.failures += 1
        if socket.failures > 100 { poller.remove(socket.descriptor) }
    }

    private func transmit(_ connection: DrivenConnection, patience: Int32 = 0) {
        var current: UDPSocket?
        while let transmit = connection.peer.pollTransmit(into: &datagram) {
            guard let socket = connection.socket(at: transmit.local) else {
                statistics.sendFailures += 1
                continue
            }
            if let current, sending.isFull || current !== socket { send(on: current, patience: patience) }
            current = socket
            if !sending.append(datagram, to: transmit.remote) { statistics.oversized += 1 }
        }
        if let current { send(on: current, patience: patience) }
    }

    private func send(on socket: UDPSocket, patience: Int32) {
        let result = sending.send(on: socket.descriptor, patience: patience)
        statistics.sendBatches += 1
        statistics.sent += UInt64(result.sent)
        statistics.sendFailures += UInt64(result.failed)
        statistics.sendDrops += UInt64(result.dropped)
    }

    // MARK: - Commands

    func open(
        _ configuration: PeerConnection.Configuration, includeLoopback: Bool, sink: any MediaSink
    ) throws(TransportError) -> ConnectionID {
        guard !isStopping else { throw .stopped }
        let sockets = try openSockets(
            on: NetworkInterfaces.addresses(includeLoopback: includeLoopback).prefix(options.maximumSockets))
        lastNumber += 1
        let connection = DrivenConnection(
            id: ConnectionID(number: lastNumber), configuration: configuration, sockets: sockets, sink: sink,
            at: MonotonicClock.now)
        for socket in sockets { owners[socket.descriptor] = (connection, socket) }
        connections.append(connection)
        return connection.id
    }

    /// One socket an address; an address that refuses is left out while another works.
    private func openSockets(on addresses: some Sequence<IPAddress>) throws(TransportError) -> [UDPSocket] {
        var sockets: [UDPSocket] = []
        var failure: TransportError?
        for ip in addresses {
            do throws(TransportError) {
                let socket = try UDPSocket(on: ip, options: options, random: &random)
                try poller.add(socket.descriptor)
                sockets.append(socket)
            } catch {
                failure = error
            }
        }
        if sockets.isEmpty, let failure { throw failure }
        return sockets
    }

    /// Sockets on the addresses that have come since the connection was opened. Those on addresses that went stay: a
    /// pulled cable comes back with the same address.
    func addSockets(to id: ConnectionID, includeLoopback: Bool) throws(TransportError) {
        let connection = try find(id)
        let known = connection.sockets.map(\.local.ip)
        let news = try NetworkInterfaces.addresses(includeLoopback: includeLoopback).filter { !known.contains($0) }
        let room = max(0, options.maximumSockets - known.count)
        for socket in try openSockets(on: news.prefix(room)) {
            owners[socket.descriptor] = (connection, socket)
            connection.add(socket, at: MonotonicClock.now)
        }
    }

    func pulse(of id: ConnectionID) throws(TransportError) -> ConnectionPulse {
        try find(id).pulse
    }

    func with<T>(
        _ id: ConnectionID, _ body: (inout PeerConnection, Instant) throws -> T
    ) throws -> T {
        let connection = try find(id)
        return try body(&connection.peer, MonotonicClock.now)
    }

    func add(_ queue: OutgoingAudioQueue, to id: ConnectionID) throws(TransportError) {
        try find(id).audioQueues.append(queue)
    }

    func add(_ queue: OutgoingVideoQueue, to id: ConnectionID) throws(TransportError) {
        try find(id).videoQueues.append(queue)
    }

    func close(_ id: ConnectionID) throws(TransportError) {
        let connection = try find(id)
        connections.removeAll { $0 === connection }
        farewell(connection)
    }

    private func find(_ id: ConnectionID) throws(TransportError) -> DrivenConnection {
        guard let connection = connections.first(where: { $0.id == id }) else { throw .noSuchConnection(id) }
        return connection
    }

    /// Lets the peer say goodbye (RTCP BYE, close_notify), delivers its last events, and gives the sockets back.
    private func farewell(_ connection: DrivenConnection) {
        connection.closeQueues()
        connection.peer.close(at: MonotonicClock.now)
        transmit(connection, patience: Self.farewellPatience)
        connection.deliver(using: &media, at: MonotonicClock.now)
        for socket in connection.sockets {
            poller.remove(socket.descriptor)
            owners[socket.descriptor] = nil
        }
    }
}

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
    /// The longest rest, so that the pulse beats.
    private static let longestRest = Duration.seconds(1)

    /// What a descriptor belongs to.
    private enum Owner {
        case socket(UDPSocket, DrivenConnection)
        case stream(RelayStream, DrivenConnection)
    }

    var statistics = TransportStatistics()
    let queue: CommandQueue
    let options: SocketOptions
    let names = PeerNames()
    private let pulse: LoopPulse
    private var restUntil = Instant.zero
    private var poller: Poller
    private var receiving: DatagramBatch
    private var sending: DatagramBatch
    private var random: SeededRandom
    private var connections: [DrivenConnection] = []
    private var owners: [Int32: Owner] = [:]
    private var lastNumber: UInt64 = 0
    private var isStopping = false
    private var readable: [Int32] = []
    private var datagram: [UInt8] = []
    private var media: [UInt8] = []
    /// Room for what a stream brings: a TLS record holds as much.
    var streamed = [UInt8](repeating: 0, count: 16 << 10)

    init(
        queue: CommandQueue, options: SocketOptions, seed: UInt64, pulse: LoopPulse = LoopPulse("media")
    ) throws(TransportError) {
        self.pulse = pulse
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
        let began = MonotonicClock.now
        pulse.beat(at: began)
        // Moved once a second, not with every turn: the timer is set only when the deadline changes.
        if restUntil <= began { restUntil = began + Self.longestRest }
        let deadline = connections.lazy.compactMap(\.deadline).min()
        poller.wait(until: min(deadline ?? restUntil, restUntil), now: began, into: &readable)
        for descriptor in readable {
            if descriptor == queue.wake.fileDescriptor {
                queue.wake.drain()
            } else {
                switch owners[descriptor] {
                case .socket(let socket, let connection): receive(on: socket, for: connection)
                case .stream(let stream, let connection): receive(on: stream, for: connection)
                case nil: break
                }
            }
        }
        let (commands, isOpen) = queue.take()
        for command in commands { command(self) }
        let now = MonotonicClock.now
        for connection in connections {
            connection.takeHandedOver(using: &media, at: now)
            if let deadline = connection.peer.nextDeadline, deadline <= now { connection.peer.handleTimeout(at: now) }
            followNetwork(connection, at: now)
            deliver(connection, at: now)
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
            deliver(connection, at: now)
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

    func deliver(_ connection: DrivenConnection, at now: Instant) {
        connection.deliver(using: &media, at: now)
    }

    func transmit(_ connection: DrivenConnection, patience: Int32 = 0) {
        var current: UDPSocket?
        while let transmit = connection.peer.pollTransmit(into: &datagram) {
            if let id = transmit.stream {
                send(on: connection.stream(id))
                continue
            }
            guard let socket = connection.socket(at: transmit.local) else {
                statistics.sendFailures += 1
                continue
            }
            if let current, sending.isFull || current !== socket { send(on: current, patience: patience) }
            current = socket
            if !sending.append(datagram, to: transmit.remote) { statistics.oversized += 1 }
        }
        if let current { send(on: current, patience: patience) }
        noteSent(by: connection)
    }

    /// What has been counted, and how full the queues are.
    var report: TransportStatistics {
        var report = statistics
        report.buffers = connections.flatMap(\.depths)
        return report
    }

    private func noteSent(by connection: DrivenConnection) {
        guard var sent = connection.peer.pollSent() else { return }
        let now = MonotonicClock.now
        while true {
            switch sent.kind {
            case .audio: statistics.audioSend.record(now - sent.readyAt)
            case .video: statistics.videoSend.record(now - sent.readyAt)
            }
            guard let next = connection.peer.pollSent() else { return }
            sent = next
        }
    }

    /// Hands the datagram to a stream, or drops it.
    private func send(on stream: RelayStream?) {
        guard let stream, stream.append(datagram) else {
            statistics.streamDrops += 1
            return
        }
        statistics.sent += 1
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
        _ configuration: PeerConnection.Configuration, includeLoopback: Bool, trust: TLSTrust?, sink: any MediaSink
    ) throws(TransportError) -> ConnectionID {
        guard !isStopping else { throw .stopped }
        let sockets = try openSockets(
            on: NetworkInterfaces.addresses(includeLoopback: includeLoopback).prefix(options.maximumSockets))
        lastNumber += 1
        let connection = DrivenConnection(
            id: ConnectionID(number: lastNumber), configuration: configuration, sockets: sockets, trust: trust,
            sink: sink, at: MonotonicClock.now)
        for socket in sockets { owners[socket.descriptor] = .socket(socket, connection) }
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

    /// Sockets on the addresses that have come since the connection was opened.
    func addSockets(to id: ConnectionID, includeLoopback: Bool) throws(TransportError) {
        let connection = try find(id)
        let known = connection.sockets.map(\.local.ip)
        let news = try NetworkInterfaces.addresses(includeLoopback: includeLoopback).filter { !known.contains($0) }
        let room = max(0, options.maximumSockets - known.count)
        for socket in try openSockets(on: news.prefix(room)) {
            owners[socket.descriptor] = .socket(socket, connection)
            connection.add(socket, at: MonotonicClock.now)
        }
    }

    /// Gives up the sockets whose addresses have left the machine, where others remain. Those on interfaces that are down
    /// stay: a pulled cable comes back with the same address.
    func removeLostSockets(of id: ConnectionID) throws(TransportError) {
        let connection = try find(id)
        let present = try NetworkInterfaces.assigned()
        let lost = connection.sockets.filter { !present.contains($0.local.ip) }
        guard lost.count < connection.sockets.count else { return }
        for socket in lost {
            forget(socket.descriptor)
            connection.remove(socket, at: MonotonicClock.now)
        }
    }

    func watch(_ stream: RelayStream, of connection: DrivenConnection) throws(TransportError) {
        try poller.add(stream.descriptor)
        owners[stream.descriptor] = .stream(stream, connection)
    }

    /// Has the poller look for room to write where something waits for it.
    func watchRoom(_ stream: RelayStream) {
        guard stream.wantsToWrite != stream.isWatchedForWriting else { return }
        stream.isWatchedForWriting.toggle()
        poller.watch(stream.descriptor, forWriting: stream.isWatchedForWriting)
    }

    func forget(_ descriptor: Int32) {
        poller.remove(descriptor)
        owners[descriptor] = nil
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

    func find(_ id: ConnectionID) throws(TransportError) -> DrivenConnection {
        guard let connection = connections.first(where: { $0.id == id }) else { throw .noSuchConnection(id) }
        return connection
    }

    /// Lets the peer say goodbye (RTCP BYE, close_notify), delivers its last events, and gives the sockets back.
    private func farewell(_ connection: DrivenConnection) {
        connection.closeQueues()
        connection.peer.close(at: MonotonicClock.now)
        transmit(connection, patience: Self.farewellPatience)
        flushStreams(of: connection, patience: Self.farewellPatience)
        connection.deliver(using: &media, at: MonotonicClock.now)
        for socket in connection.sockets { forget(socket.descriptor) }
    }
}

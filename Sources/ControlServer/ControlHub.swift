import Base
import CLinux
import ControlAPI
import JSON
import NIOCore

/// All clients and both feeds, on one event loop: the server's whole state has this one owner.
final class ControlHub {
    let settings: ControlServer.Configuration
    private let policy: AccessPolicy
    private let handler: any ControlHandler
    private let loop: any EventLoop
    private let gate: LoopGate
    private var clients: [ClientID: ClientConnection] = [:]
    private var lastClient: UInt64 = 0
    /// Connections that were told to go and may still read why.
    private var lingering: Set<ClientID> = []
    private var ledger: OutputLedger
    private var state = StateFeed()
    private var events = EventFeed()
    /// The schedule that was published last, with its JSON.
    private var publishedSchedule: (value: RoomState.Schedule, json: JSONValue)?
    /// For what the state feed holds back.
    private var feedTimer: (at: Instant, task: Scheduled<Void>)?
    /// Connections with lines that were queued in this turn of the loop.
    private var unflushed: [ClientConnection] = []
    private let began: Instant
    private lazy var discovery = OpenRPC.document(version: settings.version)

    /// Refused connections that may linger at a time; more are closed at once, so that they cannot use up descriptors.
    private static let lingerLimit = 64

    init(
        settings: ControlServer.Configuration, policy: AccessPolicy, handler: any ControlHandler, loop: any EventLoop,
        gate: LoopGate
    ) {
        self.settings = settings
        self.policy = policy
        self.handler = handler
        self.loop = loop
        self.gate = gate
        ledger = OutputLedger(limits: settings.output)
        began = Self.now
    }

    /// Bytes queued over all clients, and how many there may be.
    var queued: (bytes: Int, limit: Int) { (ledger.total, ledger.limits.total) }

    // MARK: Clients

    /// Sets a new connection up; those who may not come in are told why.
    func accept(_ channel: any Channel) throws {
        let found = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            try PeerCredentials(of: $0)
        }
        guard let peer = found else { throw ControlServerError.loop("The connection is no socket.") }
        lastClient += 1
        let access = policy.access(for: peer)
        let identity = ClientIdentity(
            id: ClientID(lastClient), access: access ?? .observer, uid: peer.uid, pid: peer.pid)
        let connection = ClientConnection(
            identity: identity, hub: self, lineLimit: settings.lineLimit, requestLimit: settings.requestLimit)
        try channel.pipeline.syncOperations.addHandler(connection)
        guard access != nil else {
            handler.observe(.refused(uid: peer.uid, pid: peer.pid))
            let operators = settings.operators.map { "members of the group \($0) may" } ?? "its own user may"
            let text = "User \(peer.uid) may not use this socket; \(operators)."
            turnAway(connection, RPCError(.notPermitted, text))
            return
        }
        guard clients.count < settings.clientLimit else {
            handler.observe(.tooManyClients(limit: settings.clientLimit))
            let text = "\(settings.clientLimit) clients are connected, more are not served; close one."
            turnAway(connection, RPCError(.limitExceeded, text))
            return
        }
        clients[identity.id] = connection
        handler.observe(.connected(identity))
    }

    /// A connection that could not be set up.
    func acceptFailed(_ error: any Error) {
        handler.observe(.acceptFailed("\(error)"))
    }

    /// A line longer than allowed: nothing after it can be understood.
    func lineTooLong(_ connection: ClientConnection) {
        handler.observe(.lineTooLong(connection.identity))
        let text = "A line has at most \(settings.lineLimit) bytes; the connection is closed."
        forget(connection)
        turnAway(connection, .invalidRequest(text))
    }

    func disconnected(_ connection: ClientConnection) {
        lingering.remove(connection.identity.id)
        forget(connection)
    }

    func hasSubscriptions(_ connection: ClientConnection) -> Bool {
        state.serves(connection.identity.id) || events.serves(connection.identity.id)
    }

    /// Ends all connections.
    func closeAll() {
        feedTimer?.task.cancel()
        for connection in Array(clients.values) { connection.close() }
    }

    private func turnAway(_ connection: ClientConnection, _ error: RPCError) {
        let mayLinger = lingering.count < Self.lingerLimit
        if mayLinger { lingering.insert(connection.identity.id) }
        let line = RPCResponse(id: .null, result: .failure(error)).json.serialized()
        connection.end(saying: line, lingering: mayLinger)
    }

    private func forget(_ connection: ClientConnection) {
        let id = connection.identity.id
        state.remove(id)
        events.remove(id)
        ledger.remove(id)
        guard clients.removeValue(forKey: id) != nil else { return }
        handler.observe(.disconnected(connection.identity))
    }

    // MARK: Requests

    func receive(_ line: [UInt8], from connection: ClientConnection) {
        switch RPCInput(line: line) {
        case .single(let element):
            perform(element, for: connection) { [self] response, isSnapshot in
                guard let response else { return }
                sendAnswer(response.json.serialized(), to: connection, isSnapshot: isSnapshot)
            }
        case .batch(let elements):
            var hasSnapshot = false
            let batch = BatchAnswer(count: elements.count) { [self] answers in
                guard let answers else { return }
                sendAnswer(answers.serialized(), to: connection, isSnapshot: hasSnapshot)
            }
            for (index, element) in elements.enumerated() {
                perform(element, for: connection) { response, isSnapshot in
                    hasSnapshot = hasSnapshot || isSnapshot
                    batch.finish(index, response)
                }
            }
        }
    }

    private typealias Answer = (_ response: RPCResponse?, _ isSnapshot: Bool) -> Void

    private func perform(_ element: RPCInput.Element, for connection: ClientConnection, answer: @escaping Answer) {
        switch element {
        case .invalid(let response):
            answer(response, false)
        case .request(let request):
            func finish(_ result: Result<JSONValue, RPCError>, isSnapshot: Bool) {
                answer(request.id.map { RPCResponse(id: $0, result: result) }, isSnapshot)
            }
            do throws(RPCError) {
                let (method, parameters) = try Method.admit(request, from: connection.identity.access)
                guard let command = try Command(method.name, parameters) else {
                    let result = try serve(method.name, parameters, connection.identity)
                    finish(.success(result), isSnapshot: method.name == .stateGet || method.name == .stateSubscribe)
                    return
                }
                connection.requestOpened()
                let isSnapshot = method.name == .displaySnapshot
                let finishing = NIOLoopBound(
                    { (result: Result<JSONValue, RPCError>) in
                        finish(result, isSnapshot: isSnapshot)
                        connection.requestClosed()
                    }, eventLoop: loop)
                let reply = ControlReply(through: gate) { finishing.value($0) }
                handler.receive(command, from: connection.identity, reply: reply)
            } catch {
                finish(.failure(error), isSnapshot: false)
            }
        }
    }

    /// The methods that the server answers itself.
    private func serve(
        _ name: MethodName, _ parameters: Parameters, _ identity: ClientIdentity
    ) throws(RPCError) -> JSONValue {
        let client = identity.id
        switch name {
        case .rpcDiscover:
            return discovery
        case .systemInfo:
            return SystemInformation(
                version: settings.version, uptime: Self.now - began, access: identity.access
            ).json
        case .stateGet:
            let path = try StatePath(parameters["path"]?.stringValue ?? "")
            return state.value(at: path, now: Self.now)
        case .stateSubscribe:
            var paths: [StatePath] = []
            for text in parameters["paths"]?.arrayValue ?? [] {
                paths.append(try StatePath(text.stringValue ?? "", parameter: "paths"))
            }
            let (subscription, revision, snapshot) = try state.subscribe(client, to: paths, at: Self.now)
            return [
                "subscription": .integer(Int64(subscription)), "revision": .integer(Int64(revision)),
                "state": snapshot,
            ]
        case .stateUnsubscribe:
            try state.unsubscribe(Int(parameters["subscription"]?.integerValue ?? 0), by: client)
            return [:]
        case .eventsSubscribe:
            let names = (parameters["names"]?.arrayValue ?? []).compactMap { $0.stringValue }
            let subscription = try events.subscribe(client, to: Set(names.compactMap(EventName.init(rawValue:))))
            return ["subscription": .integer(Int64(subscription))]
        case .eventsUnsubscribe:
            try events.unsubscribe(Int(parameters["subscription"]?.integerValue ?? 0), by: client)
            return [:]
        default:
            throw .internalError("\(name.rawValue) is served by nobody.")
        }
    }

    // MARK: Feeds

    func publish(_ new: RoomState, at instant: Instant) {
        // The schedule is by far the largest part and changes rarely; putting it into JSON anew for each level is work
        // for nothing.
        let schedule: JSONValue
        if let known = publishedSchedule, known.value == new.schedule {
            schedule = known.json
        } else {
            schedule = new.schedule.json
            publishedSchedule = (new.schedule, schedule)
        }
        state.publish(new.json(schedule: schedule), measured: instant, at: Self.now)
        sendPatches()
    }

    func publish(_ event: RoomEvent, at time: UTCTime) {
        let notifications = events.publish(event, at: time)
        // Whoever is told of an event finds the state that belongs to it.
        for notification in notifications { state.flush(notification.client) }
        sendPatches()
        var texts = NotificationText()
        for notification in notifications {
            guard let connection = clients[notification.client] else { continue }
            send(texts.line(for: notification), to: connection, isSnapshot: false)
        }
    }

    private func sendPatches() {
        var texts = NotificationText()
        while let notification = state.pollNotification() {
            guard let connection = clients[notification.client] else { continue }
            send(texts.line(for: notification), to: connection, isSnapshot: false)
        }
        setFeedTimer()
    }

    private func setFeedTimer() {
        guard let deadline = state.nextDeadline else { return }
        // One that rings too early sets itself anew.
        if let feedTimer, feedTimer.at <= deadline { return }
        feedTimer?.task.cancel()
        let hub = NIOLoopBound(self, eventLoop: loop)
        let wait = TimeAmount.nanoseconds(max(0, (deadline - Self.now).inNanoseconds))
        feedTimer = (deadline, loop.scheduleTask(in: wait) { hub.value.feedIsDue() })
    }

    private func feedIsDue() {
        feedTimer = nil
        state.handleTimeout(at: Self.now)
        sendPatches()
    }

    // MARK: Output

    /// Whoever gets an answer has been told of the state that belongs to it.
    private func sendAnswer(_ line: [UInt8], to connection: ClientConnection, isSnapshot: Bool) {
        state.flush(connection.identity.id)
        sendPatches()
        send(line, to: connection, isSnapshot: isSnapshot)
    }

    private func send(_ line: [UInt8], to connection: ClientConnection, isSnapshot: Bool) {
        let id = connection.identity.id
        guard clients[id] != nil else { return }
        guard let entry = ledger.enter(line.count + 1, for: id, isSnapshot: isSnapshot) else {
            overflow(connection)
            return
        }
        if connection.queue(line, entry) {
            flushSoon(connection)
        } else {
            ledger.leave(entry)
        }
        while let worst = ledger.worstOffender {
            guard let offender = clients[worst] else {
                ledger.remove(worst)
                continue
            }
            overflow(offender)
        }
    }

    /// At the end of this turn of the loop: one system call takes all that a client is sent in it.
    private func flushSoon(_ connection: ClientConnection) {
        guard !connection.isToBeFlushed else { return }
        connection.isToBeFlushed = true
        unflushed.append(connection)
        guard unflushed.count == 1 else { return }
        let hub = NIOLoopBound(self, eventLoop: loop)
        loop.execute { hub.value.flush() }
    }

    private func flush() {
        let connections = unflushed
        unflushed = []
        for connection in connections { connection.flush() }
    }

    /// Lines that the kernel has, or that were lost with their connection.
    func left(_ entries: [OutputLedger.Entry]) {
        for entry in entries { ledger.leave(entry) }
    }

    private func overflow(_ connection: ClientConnection) {
        handler.observe(.overflowed(connection.identity, queuedBytes: ledger.queued(for: connection.identity.id)))
        forget(connection)
        connection.close()
    }

    private static var now: Instant { Instant(nanoseconds: clinux_monotonic_nanoseconds()) }
}

import JSON
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Synchronization

/// A Janus of a few lines with its own ideas: it plays one VideoRoom for one client, as its behaviour says.
final class FakeJanus: Sendable {
    struct Behaviour: Sendable {
        /// Error code and words for a "join".
        var joinError: (code: Int64, text: String)?
        var publishError: (code: Int64, text: String)?
        /// The core knows no session to be claimed.
        var claimError: (code: Int64, text: String)?
        /// The core refuses the session.
        var sessionError: (code: Int64, text: String)?
        /// Requests with these words get no answer at all.
        var silent: Set<String> = []
        /// Says at once that media flows.
        var mediaFlows = true
        var secret = "s"
        /// Who is in the room before the client.
        var publishers: [JSONValue] = []
    }

    let behaviour = Mutex(Behaviour())
    /// Words of all requests so far.
    let seen = Mutex<[String]>([])
    /// All requests so far.
    let requests = Mutex<[JSONValue]>([])
    private let listener = Mutex<(any Channel)?>(nil)
    private let clients = Mutex<[any Channel]>([])
    /// The last of the session.
    private let handle = Mutex<Int64>(0)

    init(_ behaviour: Behaviour = Behaviour()) {
        self.behaviour.withLock { $0 = behaviour }
    }

    var port: Int { listener.withLock { $0?.localAddress?.port } ?? 0 }

    func start(port: Int = 0) async throws {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let upgrader = NIOWebSocketServerUpgrader(
                        maxFrameSize: 1 << 20,
                        shouldUpgrade: { channel, _ in
                            channel.eventLoop.makeSucceededFuture(["Sec-WebSocket-Protocol": "janus-protocol"])
                        },
                        upgradePipelineHandler: { channel, _ in
                            self.clients.withLock { $0.append(channel) }
                            return channel.eventLoop.makeCompletedFuture {
                                try channel.pipeline.syncOperations.addHandler(Handler(self))
                            }
                        })
                    let configuration: NIOHTTPServerUpgradeSendableConfiguration = (
                        upgraders: [upgrader], completionHandler: { _ in }
                    )
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withServerUpgrade: configuration)
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        listener.withLock { $0 = channel }
    }

    func stop() async {
        let channel = listener.withLock { $0 }
        try? await channel?.close()
        dropClients()
    }

    func dropClients() {
        let channels = clients.withLock { clients in
            defer { clients = [] }
            return clients
        }
        for channel in channels { channel.close(promise: nil) }
    }

    /// Something unasked, on the publisher's handle.
    func tell(_ data: JSONValue) {
        send(["janus": "event", "sender": 11, "plugindata": ["plugin": "janus.plugin.videoroom", "data": data]])
    }

    func send(_ message: JSONValue) {
        let frame = WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: message.serialized()))
        for channel in clients.withLock({ $0 }) { channel.writeAndFlush(frame, promise: nil) }
    }

    /// Returns when a request with this word has come.
    func waitFor(_ word: String) async throws {
        while count(word) == 0 {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    func count(_ word: String) -> Int { seen.withLock { $0.count { $0 == word } } }

    fileprivate func answers(to request: JSONValue) -> [JSONValue] {
        let word = request["body"]?["request"]?.stringValue ?? request["janus"]?.stringValue ?? ""
        seen.withLock { $0.append(word) }
        requests.withLock { $0.append(request) }
        let behaviour = behaviour.withLock { $0 }
        guard !behaviour.silent.contains(word) else { return [] }
        let transaction = request["transaction"] ?? .null
        func event(_ data: JSONValue, jsep: JSONValue? = nil) -> JSONValue {
            var members: [String: JSONValue] = [
                "janus": "event", "sender": 11, "transaction": transaction,
                "plugindata": ["plugin": "janus.plugin.videoroom", "data": data],
            ]
            if let jsep { members["jsep"] = jsep }
            return .object(members)
        }
        func failed(_ error: (code: Int64, text: String)) -> JSONValue {
            event(["videoroom": "event", "error_code": .integer(error.code), "error": .string(error.text)])
        }
        func success(_ data: JSONValue) -> JSONValue {
            [
                "janus": "success", "transaction": transaction,
                "plugindata": ["plugin": "janus.plugin.videoroom", "data": data],
            ]
        }
        switch word {
        case "create" where request["body"] == nil:
            if let error = behaviour.sessionError {
                return [
                    [
                        "janus": "error", "transaction": transaction,
                        "error": ["code": .integer(error.code), "reason": .string(error.text)],
                    ]
                ]
            }
            handle.withLock { $0 = 0 }
            return [["janus": "success", "transaction": transaction, "data": ["id": 1]]]
        case "create":
            // Its maker's secret is the room's.
            if let secret = request["body"]?["secret"]?.stringValue { self.behaviour.withLock { $0.secret = secret } }
            return [success(["videoroom": "created", "room": request["body"]?["room"] ?? .null])]
        case "attach":
            // The publisher's, then the subscribers'.
            let handle = handle.withLock { handle in
                handle += 11
                return handle
            }
            return [["janus": "success", "transaction": transaction, "data": ["id": .integer(handle)]]]
        case "join" where request["body"]?["ptype"] == "subscriber":
            return [offer(to: request, "attached")]
        case "configure" where request["body"]?["restart"] == true:
            return [offer(to: request, "event")]
        case "start":
            return [
                [
                    "janus": "event", "sender": request["handle_id"] ?? .null, "transaction": transaction,
                    "plugindata": [
                        "plugin": "janus.plugin.videoroom", "data": ["videoroom": "event", "started": "ok"],
                    ],
                ]
            ]
        case "join":
            if let error = behaviour.joinError { return [failed(error)] }
            return [
                event([
                    "videoroom": "joined", "room": request["body"]?["room"] ?? .null, "id": 77, "description": "Demo",
                    "publishers": .array(behaviour.publishers),
                ])
            ]
        case "publish":
            if let error = behaviour.publishError { return [failed(error)] }
            let answer = event(["videoroom": "event", "configured": "ok"], jsep: ["type": "answer", "sdp": "answer"])
            return behaviour.mediaFlows ? [answer, ["janus": "webrtcup", "sender": 11]] : [answer]
        case "listforwarders", "kick", "moderate", "enable_recording", "edit":
            guard request["body"]?["secret"]?.stringValue == behaviour.secret else {
                return [success(["videoroom": "event", "error_code": 433, "error": "Unauthorized (wrong secret)"])]
            }
            return [success(["videoroom": "success"])]
        case "destroy" where request["body"] != nil:
            return [
                event(["videoroom": "destroyed", "room": 1234]), success(["videoroom": "destroyed", "room": 1234]),
            ]
        case "destroy": return [["janus": "success", "transaction": transaction]]
        case "leave": return [event(["videoroom": "event", "room": 1234, "leaving": "ok"])]
        case "claim":
            if let error = behaviour.claimError {
                return [
                    [
                        "janus": "error", "transaction": transaction,
                        "error": ["code": .integer(error.code), "reason": .string(error.text)],
                    ]
                ]
            }
            return [["janus": "success", "transaction": transaction]]
        case "listparticipants":
            let others = behaviour.publishers.map { one -> JSONValue in ["id": one["id"] ?? .null, "publisher": true] }
            let all: [JSONValue] = [["id": 77, "publisher": true]] + others
            return [success(["videoroom": "participants", "participants": .array(all)])]
        case "keepalive", "trickle": return [["janus": "ack", "transaction": transaction]]
        case "configure" where request["jsep"] != nil:
            return [event(["videoroom": "event", "configured": "ok"], jsep: ["type": "answer", "sdp": "answer"])]
        default: return [event(["videoroom": "event", "configured": "ok"])]
        }
    }

    /// Of everybody's first stream, on the subscriber's handle.
    private func offer(to request: JSONValue, _ word: JSONValue) -> JSONValue {
        let streams = behaviour.withLock { $0.publishers }.enumerated().map { index, publisher -> JSONValue in
            [
                "mid": .string("\(index)"), "active": true, "feed_id": publisher["id"] ?? .null,
                "feed_mid": publisher["streams"]?.arrayValue?.first?["mid"] ?? .null,
            ]
        }
        return [
            "janus": "event", "sender": request["handle_id"] ?? .null, "transaction": request["transaction"] ?? .null,
            "jsep": ["type": "offer", "sdp": "offer"],
            "plugindata": [
                "plugin": "janus.plugin.videoroom", "data": ["videoroom": word, "streams": .array(streams)],
            ],
        ]
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = WebSocketFrame
        typealias OutboundOut = WebSocketFrame

        private let janus: FakeJanus

        init(_ janus: FakeJanus) {
            self.janus = janus
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let frame = unwrapInboundIn(data)
            switch frame.opcode {
            case .text:
                guard let request = try? JSONValue(parsing: Array(frame.unmaskedData.readableBytesView)) else { return }
                for answer in janus.answers(to: request) {
                    let text = WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: answer.serialized()))
                    context.writeAndFlush(wrapOutboundOut(text), promise: nil)
                }
            case .connectionClose: context.close(promise: nil)
            case .ping:
                context.writeAndFlush(
                    wrapOutboundOut(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData)), promise: nil)
            default: break
            }
        }
    }
}

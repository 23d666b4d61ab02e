import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// A WebSocket server that misbehaves as its path says.
struct WebSocketTestServer {
    let channel: any Channel
    var port: Int { channel.localAddress?.port ?? 0 }

    static func start(certificate: String? = nil) async throws -> WebSocketTestServer {
        var context: NIOSSLContext?
        if let certificate {
            let chain = try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)).map {
                NIOSSLCertificateSource.certificate($0)
            }
            let key = try NIOSSLPrivateKey(bytes: Array(TestCertificates.key.utf8), format: .pem)
            context = try NIOSSLContext(
                configuration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key)))
        }
        let tls = context
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    let upgrader = NIOWebSocketServerUpgrader(
                        maxFrameSize: 1 << 24,
                        shouldUpgrade: { channel, head in
                            var headers = HTTPHeaders()
                            if let wanted = head.headers.first(name: "Sec-WebSocket-Protocol"), head.uri != "/wrong" {
                                headers.add(name: "Sec-WebSocket-Protocol", value: wanted)
                            }
                            return channel.eventLoop.makeSucceededFuture(head.uri == "/refuse" ? nil : headers)
                        },
                        upgradePipelineHandler: { channel, head in
                            channel.eventLoop.makeCompletedFuture {
                                let pipeline = channel.pipeline.syncOperations
                                pipeline.removeHandler(try pipeline.handler(type: NotFound.self), promise: nil)
                                try pipeline.addHandler(Peer(head.uri))
                            }
                        })
                    let configuration: NIOHTTPServerUpgradeSendableConfiguration = (
                        upgraders: [upgrader], completionHandler: { _ in }
                    )
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withServerUpgrade: configuration)
                    try channel.pipeline.syncOperations.addHandler(NotFound())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return WebSocketTestServer(channel: channel)
    }

    func stop() async {
        try? await channel.close()
    }
}

private final class NotFound: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data) else { return }
        let head = HTTPResponseHead(version: .http1_1, status: .notFound, headers: ["Content-Length": "0"])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}

private final class Peer: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let path: String

    init(_ path: String) {
        self.path = path
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.execute {
            let (peer, context) = bound.value
            peer.begin(context)
        }
    }

    private func begin(_ context: ChannelHandlerContext) {
        switch path {
        case "/fragments":
            send(context, .text, "one ", fin: false)
            send(context, .ping, "p")
            send(context, .continuation, "two ", fin: false)
            send(context, .continuation, "three")
        case "/big": send(context, .text, String(repeating: "x", count: (1 << 20) + 1))
        case "/bigfragments":
            for index in 0..<20 {
                send(
                    context, index == 0 ? .text : .continuation, String(repeating: "x", count: 1 << 16),
                    fin: index == 19)
            }
        case "/flood": for _ in 0..<2000 { send(context, .text, "x") }
        case "/binary": send(context, .binary, "x")
        case "/stray": send(context, .continuation, "x")
        case "/bye":
            var data = ByteBuffer()
            data.write(webSocketErrorCode: .unknown(4001))
            data.writeString("maintenance")
            context.writeAndFlush(
                wrapOutboundOut(WebSocketFrame(fin: true, opcode: .connectionClose, data: data)), promise: nil)
        default: break
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text where path == "/cut": context.close(promise: nil)
        case .text: send(context, .text, String(buffer: frame.unmaskedData))
        case .ping where path != "/mute":
            context.writeAndFlush(
                wrapOutboundOut(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData)), promise: nil)
        case .connectionClose:
            context.writeAndFlush(
                wrapOutboundOut(WebSocketFrame(fin: true, opcode: .connectionClose, data: frame.unmaskedData))
            )
            .whenComplete { [channel = context.channel] _ in channel.close(promise: nil) }
        default: break
        }
    }

    private func send(_ context: ChannelHandlerContext, _ opcode: WebSocketOpcode, _ text: String, fin: Bool = true) {
        let frame = WebSocketFrame(fin: fin, opcode: opcode, data: ByteBuffer(string: text))
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }
}

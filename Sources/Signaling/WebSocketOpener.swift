import NIOCore
import NIOHTTP1
import NIOWebSocket

/// The HTTP upgrade of one connection (RFC 6455 §4.1), up to the moment when frames flow.
struct WebSocketOpener: Sendable {
    let endpoint: WebSocketEndpoint
    let options: WebSocketOptions
    let state: WebSocketState
    let ready: EventLoopPromise<Void>

    /// Runs on the channel's event loop.
    func prepare(_ channel: any Channel) throws {
        let opening = OpeningHandler(self)
        let upgrader = NIOWebSocketClientUpgrader(
            requestKey: Self.randomKey(), maxFrameSize: options.largestMessage, automaticErrorHandling: false
        ) { channel, head in
            channel.eventLoop.makeCompletedFuture {
                do {
                    try upgraded(channel, head)
                } catch {
                    ready.fail(error)
                    channel.close(promise: nil)
                    throw error
                }
            }
        }
        let configuration: NIOHTTPClientUpgradeSendableConfiguration = (
            upgraders: [upgrader], completionHandler: { _ in }
        )
        try channel.pipeline.syncOperations.addHTTPClientHandlers(
            leftOverBytesStrategy: .forwardBytes, withClientUpgrade: configuration)
        try channel.pipeline.syncOperations.addHandler(opening)
    }

    private func upgraded(_ channel: any Channel, _ head: HTTPResponseHead) throws {
        if let wanted = options.subprotocol {
            let given = head.headers.first(name: "Sec-WebSocket-Protocol")
            guard given == wanted else {
                throw SignalingError.protocolViolation(
                    "expected the WebSocket subprotocol \(wanted), but the server offers \(given ?? "none"); is this the right port?"
                )
            }
        }
        let pipeline = channel.pipeline.syncOperations
        // From here on frames come, which it does not know.
        pipeline.removeHandler(try pipeline.handler(type: OpeningHandler.self), promise: nil)
        let aggregator = NIOWebSocketFrameAggregator(
            minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 4096, maxAccumulatedFrameSize: options.largestMessage)
        try pipeline.addHandler(aggregator)
        try pipeline.addHandler(WebSocketHandler(options, state))
        ready.succeed()
    }

    /// 16 random bytes in base64 (RFC 6455 §4.1).
    private static func randomKey() -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var random = SystemRandomNumberGenerator()
        var text = (0..<21).map { _ in alphabet[Int.random(in: 0..<64, using: &random)] }
        // 128 bits end in two characters' worth of padding: the last one carries two bits only.
        text.append(alphabet[Int.random(in: 0..<4, using: &random) << 4])
        return String(decoding: text, as: UTF8.self) + "=="
    }
}

/// Sends the request and tells why there was no upgrade. Sits behind the HTTP handlers and leaves with them unused.
private final class OpeningHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let opener: WebSocketOpener
    private var status: HTTPResponseStatus?

    init(_ opener: WebSocketOpener) {
        self.opener = opener
    }

    func channelActive(context: ChannelHandlerContext) {
        var headers = HTTPHeaders([("Host", opener.endpoint.hostHeader)])
        if let name = opener.options.subprotocol { headers.add(name: "Sec-WebSocket-Protocol", value: name) }
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: opener.endpoint.path, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): status = head.status
        case .body: break
        case .end:
            let code = Int(status?.code ?? 0)
            let error = SignalingError.refused(status: code, "\(status?.reasonPhrase ?? "") instead of a WebSocket")
            opener.ready.fail(error)
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        opener.ready.fail(error)
        opener.state.fail(SignalingError(error, doing: "connected to \(opener.endpoint.host)"))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        opener.ready.fail(SignalingError.unreachable("\(opener.endpoint.host) closed the connection"))
        opener.state.end(nil)
        context.fireChannelInactive()
    }
}

import NIOCore
import NIOHTTP1

/// One request, one answer, then the end.
final class MetricsConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case reading(HTTPRequestHead?)
        case answered
    }

    private let mayRead: Bool
    private let contentType: String
    private let text: @Sendable () async -> String
    private var state = State.reading(nil)

    /// - Parameter text: made for each request.
    init(mayRead: Bool, contentType: String, text: @escaping @Sendable () async -> String) {
        self.mayRead = mayRead
        self.contentType = contentType
        self.text = text
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .reading(let head) = state else { return }
        switch unwrapInboundIn(data) {
        case .head(let head): state = .reading(head)
        case .body: break
        case .end:
            guard let head else { return }
            state = .answered
            answer(head, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let path = head.uri.prefix { $0 != "?" && $0 != "#" }
        guard mayRead else {
            return send(
                .forbidden, "Only those who may read the control socket's state may read this.\n", head, context)
        }
        guard path == "/metrics" else { return send(.notFound, "The metrics are at /metrics.\n", head, context) }
        guard head.method == .GET || head.method == .HEAD else {
            return send(.methodNotAllowed, "Expected GET or HEAD, came \(head.method.rawValue).\n", head, context)
        }
        let text = text
        context.eventLoop.makeFutureWithTask { await text() }.assumeIsolated().whenSuccess { text in
            // Who has gone meanwhile is not answered.
            guard context.channel.isActive else { return }
            self.send(.ok, text, head, context)
        }
    }

    private func send(
        _ status: HTTPResponseStatus, _ text: String, _ request: HTTPRequestHead, _ context: ChannelHandlerContext
    ) {
        let body = context.channel.allocator.buffer(string: text)
        var headers = HTTPHeaders([
            ("Content-Type", status == .ok ? contentType : "text/plain; charset=utf-8"),
            ("Content-Length", "\(body.readableBytes)"), ("Connection", "close"), ("Cache-Control", "no-store"),
        ])
        if status == .methodNotAllowed { headers.add(name: "Allow", value: "GET, HEAD") }
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
    }
}

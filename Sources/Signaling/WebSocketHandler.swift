import Base
import NIOCore
import NIOWebSocket

/// Frames in and out on an open WebSocket; whole messages only, as the aggregator before it puts fragments together.
final class WebSocketHandler: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundIn = Outbound
    typealias OutboundOut = WebSocketFrame

    enum Outbound: Sendable {
        case text([UInt8])
        case goodbye
    }

    private let options: WebSocketOptions
    private let state: WebSocketState
    private var pending = 0
    private var pinging: RepeatedTask?
    private var saidGoodbye = false

    init(_ options: WebSocketOptions, _ state: WebSocketState) {
        self.options = options
        self.state = state
    }

    func handlerAdded(context: ChannelHandlerContext) {
        state.beat(at: .now())
        let interval = TimeAmount.nanoseconds(options.pingInterval.nanoseconds)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        pinging = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            let (handler, context) = bound.value
            handler.ping(context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        pinging?.cancel()
        state.end(nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        state.end(saidGoodbye ? nil : .unreachable("the server closed the connection"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let failure = SignalingError(error, doing: "talking to the server")
        let code: WebSocketErrorCode =
            switch failure {
            case .tooLarge: .messageTooLarge
            default: .protocolError
            }
        if let error = error as? NIOWebSocketFrameAggregator.Error {
            end(
                context, .tooLarge("a message over \(options.largestMessage) bytes, or broken fragments (\(error))"),
                .messageTooLarge)
        } else {
            end(context, failure, code)
        }
    }

    // MARK: - In

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        state.beat(at: .now())
        switch frame.opcode {
        case .text:
            guard state.deliver(Array(frame.unmaskedData.readableBytesView)) else {
                return end(
                    context, .tooLarge("\(options.inboundLimit) messages are waiting to be read"), .policyViolation)
            }
        case .ping:
            let pong = WebSocketFrame(fin: true, opcode: .pong, maskKey: .random(), data: frame.unmaskedData)
            context.writeAndFlush(wrapOutboundOut(pong), promise: nil)
        case .pong: break
        case .connectionClose:
            if !saidGoodbye {
                state.fail(Self.closing(frame.unmaskedData))
                goodbye(context, .normalClosure)
            }
            context.close(promise: nil)
        default:
            end(
                context, .protocolViolation("a frame of kind \(frame.opcode) where texts were expected"),
                .unacceptableData)
        }
    }

    /// The server's words when it closes.
    private static func closing(_ data: ByteBuffer) -> SignalingError {
        var data = data
        let code = data.readWebSocketErrorCode().map { "\(UInt16(webSocketErrorCode: $0))" } ?? "no code"
        let text = String(decoding: data.readableBytesView.prefix(123), as: UTF8.self)
        return .unreachable("the server closed the WebSocket (\(code))\(text.isEmpty ? "" : ": " + text)")
    }

    // MARK: - Out

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .text(let text):
            guard !saidGoodbye else {
                promise?.fail(ChannelError.ioOnClosedChannel)
                return
            }
            guard pending + text.count <= options.outboundLimit else {
                promise?.fail(ChannelError.ioOnClosedChannel)
                return end(context, .unreachable("the server takes no data any more"), .policyViolation)
            }
            pending += text.count
            let frame = WebSocketFrame(fin: true, opcode: .text, maskKey: .random(), data: ByteBuffer(bytes: text))
            let written = promise ?? context.eventLoop.makePromise()
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            written.futureResult.whenComplete { _ in bound.value.pending -= text.count }
            context.write(wrapOutboundOut(frame), promise: written)
        case .goodbye:
            goodbye(context, .normalClosure, promise)
        }
    }

    private func goodbye(
        _ context: ChannelHandlerContext, _ code: WebSocketErrorCode, _ promise: EventLoopPromise<Void>? = nil
    ) {
        guard !saidGoodbye else {
            promise?.succeed()
            return
        }
        saidGoodbye = true
        var data = context.channel.allocator.buffer(capacity: 2)
        data.write(webSocketErrorCode: code)
        let frame = WebSocketFrame(fin: true, opcode: .connectionClose, maskKey: .random(), data: data)
        context.writeAndFlush(wrapOutboundOut(frame), promise: promise)
    }

    private func end(_ context: ChannelHandlerContext, _ error: SignalingError, _ code: WebSocketErrorCode) {
        state.fail(error)
        goodbye(context, code)
        context.close(promise: nil)
    }

    private func ping(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        let now = Instant(nanoseconds: Int64(NIODeadline.now().uptimeNanoseconds))
        if now - state.heardAt > options.silenceLimit {
            return end(context, .unreachable("no sign of life for \(options.silenceLimit)"), .goingAway)
        }
        let frame = WebSocketFrame(fin: true, opcode: .ping, maskKey: .random(), data: ByteBuffer())
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }
}

import ControlAPI
import NIOCore

/// One client's end of the pipeline: cuts lines, holds reading back while too many requests are open, and ends the
/// connection in an orderly way. Confined to the event loop.
final class ClientConnection: ChannelInboundHandler, ChannelOutboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        case open
        /// The client has sent all it will; open requests are still answered.
        case inputEnded
        /// Told why and waiting a moment for it to read that: input is thrown away.
        case lingering
        case closed
    }

    /// How long a client that was told to go may take to read why.
    static let lingerTime = TimeAmount.seconds(1)

    /// As much is written as one: a client that reads slowly is relieved of its queue in steps of this.
    static let chunkSize = 65_536

    let identity: ClientIdentity
    private let hub: ControlHub
    private let requestLimit: Int
    private var framer: LineFramer
    private var context: ChannelHandlerContext?
    private var phase = Phase.open
    /// Requests that the handler has not answered yet.
    private var openRequests = 0
    private var readIsHeldBack = false
    private var isProcessing = false
    /// Lines of this turn of the loop, and what the ledger has of them.
    private var lines: ByteBuffer?
    private var entries: [OutputLedger.Entry] = []
    /// `flush` comes by itself.
    var isToBeFlushed = false

    init(identity: ClientIdentity, hub: ControlHub, lineLimit: Int, requestLimit: Int) {
        self.identity = identity
        self.hub = hub
        self.requestLimit = requestLimit
        framer = LineFramer(limit: lineLimit)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch phase {
        case .open:
            unwrapInboundIn(data).withUnsafeReadableBytes { framer.append($0) }
            process()
        case .inputEnded, .lingering, .closed:
            return
        }
    }

    func read(context: ChannelHandlerContext) {
        if openRequests >= requestLimit {
            readIsHeldBack = true
        } else {
            context.read()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        switch phase {
        case .open:
            phase = .inputEnded
            process()
        case .lingering:
            close()
        case .inputEnded, .closed:
            return
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        phase = .closed
        hub.disconnected(self)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close()
    }

    /// A request was given to the handler.
    func requestOpened() {
        openRequests += 1
    }

    /// The handler has answered a request.
    func requestClosed() {
        openRequests -= 1
        process()
        if readIsHeldBack, openRequests < requestLimit {
            readIsHeldBack = false
            context?.read()
        }
    }

    private func process() {
        // A request that is answered at once must not start a second round inside the first.
        guard !isProcessing else { return }
        isProcessing = true
        defer { isProcessing = false }
        while openRequests < requestLimit, isReading {
            let line = framer.nextLine() ?? (phase == .inputEnded ? framer.remainder() : nil)
            switch line {
            case .text(let bytes): hub.receive(bytes, from: self)
            case .tooLong: hub.lineTooLong(self)
            case nil:
                closeIfDone()
                return
            }
        }
    }

    private var isReading: Bool {
        switch phase {
        case .open, .inputEnded: true
        case .lingering, .closed: false
        }
    }

    private func closeIfDone() {
        guard phase == .inputEnded, openRequests == 0, !hub.hasSubscriptions(self) else { return }
        phase = .lingering
        writeLines()
        // An empty write completes after everything queued before it.
        context?.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenComplete { [self] _ in close() }
    }

    // MARK: Writing

    /// Queues one line for `flush`; the LF is added here.
    /// - Parameter entry: leaves the ledger when the kernel has the line or never will.
    /// - Returns: false when the connection is gone already.
    func queue(_ line: [UInt8], _ entry: OutputLedger.Entry) -> Bool {
        guard context != nil, phase != .closed else { return false }
        append(line)
        entries.append(entry)
        if let lines, lines.readableBytes >= Self.chunkSize { writeLines() }
        return true
    }

    /// At the end of a turn of the loop: all that was queued in it goes to the kernel together.
    func flush() {
        isToBeFlushed = false
        guard phase != .closed else { return }
        writeLines()
        context?.flush()
    }

    private func append(_ line: [UInt8]) {
        var buffer = lines ?? context?.channel.allocator.buffer(capacity: line.count + 1) ?? ByteBuffer()
        lines = nil
        buffer.writeBytes(line)
        buffer.writeInteger(UInt8(ascii: "\n"))
        lines = buffer
    }

    private func writeLines() {
        guard let context, let lines else { return }
        let written = context.write(wrapOutboundOut(lines)).assumeIsolated()
        self.lines = nil
        let entries = entries
        self.entries.removeAll(keepingCapacity: true)
        written.whenComplete { [hub] _ in hub.left(entries) }
    }

    /// Says a last line, then ends: what still comes is thrown away, and the client has a moment to read.
    func end(saying line: [UInt8], lingering: Bool) {
        guard isReading, let context else { return }
        phase = .lingering
        append(line)
        writeLines()
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenComplete { [self] _ in
            guard lingering, let context = self.context else {
                close()
                return
            }
            context.close(mode: .output, promise: nil)
            let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: Self.lingerTime) { connection.value.close() }
        }
    }

    /// At once; what is queued is lost.
    func close() {
        guard phase != .closed else { return }
        phase = .closed
        context?.close(promise: nil)
    }
}

import NIOCore
import NIOHTTP1
import NIOPosix
import Signaling
import Testing

@Suite(.serialized) struct HTTPFetcherTests {
    private func fetch(
        _ path: String, validators: HTTPValidators? = nil, _ change: (inout HTTPFetcher.Options) -> Void = { _ in }
    ) async throws -> Result<HTTPResult, SignalingError> {
        let server = try await HTTPTestServer.start()
        var options = HTTPFetcher.Options()
        change(&options)
        let fetcher = try HTTPFetcher(options)
        let result: Result<HTTPResult, SignalingError>
        do throws(SignalingError) {
            result = .success(try await fetcher.get("http://127.0.0.1:\(server.port)\(path)", validators: validators))
        } catch {
            result = .failure(error)
        }
        await fetcher.shutdown()
        await server.stop()
        return result
    }

    @Test(.timeLimit(.minutes(1))) func getsADocumentOnlyWhenItChanged() async throws {
        let first = try await fetch("/doc").get()
        guard case .body(let body, let type, let validators) = first else { Issue.record("\(first)"); return }
        #expect(body == Array("BEGIN:VCALENDAR".utf8))
        #expect(type == "text/calendar")
        #expect(validators == HTTPValidators(etag: "\"1\"", lastModified: "Sun, 22 Nov 2026 10:00:00 GMT"))
        #expect(try await fetch("/doc", validators: validators).get() == .notModified)
        #expect(
            try await fetch("/doc", validators: HTTPValidators(lastModified: validators.lastModified)).get()
                == .notModified)
        #expect(try await fetch("/doc", validators: HTTPValidators(etag: "\"0\"")).get() == first)
    }

    @Test(.timeLimit(.minutes(1))) func followsFiveRedirectsAtMost() async throws {
        guard case .success(.body) = try await fetch("/redirect/5") else {
            Issue.record("five must be followed"); return
        }
        guard case .failure(.protocolViolation) = try await fetch("/redirect/6") else {
            Issue.record("six must not"); return
        }
        guard case .failure(.protocolViolation) = try await fetch("/cycle") else { Issue.record("no cycles"); return }
    }

    @Test(.timeLimit(.minutes(1))) func capsTheSize() async throws {
        guard case .failure(.tooLarge) = try await fetch("/large", { $0.largestBody = 1000 }) else {
            Issue.record("too large must fail")
            return
        }
    }

    /// No answer at all, half a body and then nothing, and a body without end in small pieces.
    @Test(.timeLimit(.minutes(1)), arguments: ["/slow", "/half", "/drip"]) func capsTheTime(_ path: String)
        async throws
    {
        let result = try await fetch(path, { $0.timeout = .milliseconds(300) })
        guard case .failure(.timeout) = result else { Issue.record("\(result)"); return }
    }

    @Test(.timeLimit(.minutes(1))) func endsWhenTheTaskIsCancelled() async throws {
        let task = Task { try await fetch("/half") }
        task.cancel()
        guard case .failure(.cancelled) = try await task.value else { Issue.record("it must be cancelled"); return }
    }

    @Test(.timeLimit(.minutes(1))) func tellsRefusals() async throws {
        #expect(try await fetch("/nothing") == .failure(.refused(status: 404, "Not Found")))
    }

    @Test(.timeLimit(.minutes(1))) func namesAnUnreachableServer() async throws {
        var options = HTTPFetcher.Options()
        options.connectTimeout = .milliseconds(300)
        let fetcher = try HTTPFetcher(options)
        await #expect {
            _ = try await fetcher.get("http://127.0.0.1:9/")
        } throws: { error in
            switch error as? SignalingError {
            case .unreachable, .timeout: true
            default: false
            }
        }
        await #expect(throws: SignalingError.self) { _ = try await fetcher.get("file:///etc/passwd") }
        await fetcher.shutdown()
    }
}

/// Serves what the tests above need.
private struct HTTPTestServer {
    let channel: any Channel
    var port: Int { channel.localAddress?.port ?? 0 }

    static func start() async throws -> HTTPTestServer {
        HTTPTestServer(
            channel: try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                        try channel.pipeline.syncOperations.addHandler(Responder())
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get())
    }

    func stop() async {
        try? await channel.close()
    }

    private final class Responder: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private var request: HTTPRequestHead?

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): request = head
            case .body: break
            case .end: if let request { answer(request, context) }
            }
        }

        private func answer(_ request: HTTPRequestHead, _ context: ChannelHandlerContext) {
            let date = "Sun, 22 Nov 2026 10:00:00 GMT"
            switch request.uri {
            case "/doc":
                let etag = request.headers.first(name: "If-None-Match")
                let since = request.headers.first(name: "If-Modified-Since")
                if etag == "\"1\"" || (etag == nil && since == date) { return send(context, .notModified, [:], "") }
                send(
                    context, .ok, ["ETag": "\"1\"", "Last-Modified": date, "Content-Type": "text/calendar"],
                    "BEGIN:VCALENDAR")
            case "/cycle": send(context, .found, ["Location": "/cycle"], "")
            case "/redirect/0": send(context, .ok, [:], "there")
            case let path where path.hasPrefix("/redirect/"):
                let left = Int(path.dropFirst("/redirect/".count)) ?? 0
                send(context, .found, ["Location": "/redirect/\(left - 1)"], "")
            case "/large": send(context, .ok, [:], String(repeating: "x", count: 100_000))
            case "/slow": break
            case "/half":
                begin(context, ["Content-Length": "30"])
                piece(context, "BEGIN:VCALENDAR")
            case "/drip":
                begin(context, [:])
                drip(context)
            default: send(context, .notFound, [:], "")
            }
        }

        private func drip(_ context: ChannelHandlerContext) {
            guard context.channel.isActive else { return }
            piece(context, "x")
            context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(20)) { self.drip(context) }
        }

        private func begin(_ context: ChannelHandlerContext, _ headers: HTTPHeaders) {
            let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
        }

        private func piece(_ context: ChannelHandlerContext, _ text: String) {
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
        }

        private func send(
            _ context: ChannelHandlerContext, _ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ body: String
        ) {
            var headers = headers
            if status != .notModified { headers.add(name: "Content-Length", value: "\(body.utf8.count)") }
            context.write(
                wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))),
                promise: nil)
            if !body.isEmpty {
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
            }
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}

import NIOCore
import Signaling
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(1))) struct WebSocketClientTests {
    private func withServer(
        _ certificate: String? = nil, _ body: (WebSocketTestServer) async throws -> Void
    ) async throws {
        let server = try await WebSocketTestServer.start(certificate: certificate)
        do {
            try await body(server)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    /// Reads to the end; the texts and why it ended.
    private func read(_ path: String, _ change: (inout WebSocketOptions) -> Void = { _ in }) async throws -> (
        [String], SignalingError?
    ) {
        var result: ([String], SignalingError?) = ([], nil)
        try await withServer { server in
            var options = WebSocketOptions(subprotocol: "janus-protocol")
            change(&options)
            let client = try await WebSocketClient.connect(to: "ws://127.0.0.1:\(server.port)\(path)", options)
            if path == "/cut" { client.send([0x78]) }
            for await text in client.messages { result.0.append(String(decoding: text, as: UTF8.self)) }
            result.1 = client.failure
        }
        return result
    }

    @Test(.timeLimit(.minutes(1))) func echoesAndCloses() async throws {
        try await withServer { server in
            let client = try await WebSocketClient.connect(
                to: "ws://127.0.0.1:\(server.port)/", WebSocketOptions(subprotocol: "janus-protocol"))
            var reader = client.messages.makeAsyncIterator()
            for text in ["hello", "会议室", String(repeating: "y", count: 200_000)] {
                client.send(Array(text.utf8))
                #expect(await reader.next().map { String(decoding: $0, as: UTF8.self) } == text)
            }
            await client.close()
            #expect(await reader.next() == nil)
            #expect(client.failure == nil)
        }
    }

    @Test(.timeLimit(.minutes(1))) func putsFragmentsTogether() async throws {
        try await withServer { server in
            let client = try await WebSocketClient.connect(to: "ws://127.0.0.1:\(server.port)/fragments")
            var reader = client.messages.makeAsyncIterator()
            #expect(await reader.next().map { String(decoding: $0, as: UTF8.self) } == "one two three")
            await client.close()
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["/big", "/bigfragments"]) func refusesWhatIsTooLarge(_ path: String)
        async throws
    {
        let (texts, failure) = try await read(path)
        #expect(texts.isEmpty)
        guard case .tooLarge = failure else { Issue.record("got \(String(describing: failure))"); return }
    }

    @Test(.timeLimit(.minutes(1))) func givesUpOnAFloodThatNobodyReads() async throws {
        try await withServer { server in
            var options = WebSocketOptions()
            options.inboundLimit = 100
            let client = try await WebSocketClient.connect(to: "ws://127.0.0.1:\(server.port)/flood", options)
            while client.failure == nil {
                try Task.checkCancellation()
                await Task.yield()
            }
            guard case .tooLarge = client.failure else { Issue.record("\(String(describing: client.failure))"); return }
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["/binary", "/stray"]) func refusesWhatIsNoText(_ path: String)
        async throws
    {
        let (_, failure) = try await read(path)
        #expect(failure != nil)
    }

    @Test(.timeLimit(.minutes(1))) func tellsTheServersGoodbye() async throws {
        let (_, failure) = try await read("/bye")
        #expect(failure == .unreachable("the server closed the WebSocket (4001): maintenance"))
    }

    @Test(.timeLimit(.minutes(1))) func noticesACut() async throws {
        let (_, failure) = try await read("/cut")
        #expect(failure == .unreachable("the server closed the connection"))
    }

    @Test(.timeLimit(.minutes(1))) func noticesASilentServer() async throws {
        let (_, failure) = try await read("/mute") {
            $0.pingInterval = .milliseconds(50)
            $0.silenceLimit = .milliseconds(100)
        }
        guard case .unreachable(let text) = failure else { Issue.record("got \(String(describing: failure))"); return }
        #expect(text.contains("no sign of life"))
    }

    @Test(.timeLimit(.minutes(1))) func demandsItsSubprotocol() async throws {
        await #expect(throws: SignalingError.self) { try await read("/wrong") }
    }

    @Test(.timeLimit(.minutes(1))) func tellsARefusal() async throws {
        await #expect {
            try await read("/refuse")
        } throws: { error in
            if case SignalingError.refused = error { true } else { false }
        }
    }

    @Test(.timeLimit(.minutes(1))) func namesAnUnreachableServer() async throws {
        let server = try await WebSocketTestServer.start()
        let port = server.port
        await server.stop()
        await #expect {
            _ = try await WebSocketClient.connect(to: "ws://127.0.0.1:\(port)/")
        } throws: { error in
            if case SignalingError.unreachable = error { true } else { false }
        }
    }

    /// The resolver may take its time where there is no network; then it is a timeout.
    @Test(.timeLimit(.minutes(1))) func namesAnUnknownName() async throws {
        var options = WebSocketOptions()
        options.connectTimeout = .milliseconds(500)
        await #expect {
            _ = try await WebSocketClient.connect(to: "ws://no-such-host.invalid/", options)
        } throws: { error in
            switch error as? SignalingError {
            case .unreachable, .timeout: true
            default: false
            }
        }
    }

    /// A server that accepts and says nothing.
    @Test(.timeLimit(.minutes(1))) func doesNotWaitForEver() async throws {
        let silent = try await SilentServer.start()
        var options = WebSocketOptions()
        options.connectTimeout = .milliseconds(200)
        await #expect {
            _ = try await WebSocketClient.connect(to: "ws://127.0.0.1:\(silent.port)/", options)
        } throws: { error in
            if case SignalingError.timeout = error { true } else { false }
        }
        await silent.stop()
    }

    @Test(.timeLimit(.minutes(1))) func speaksTLSWithATrustedServerOnly() async throws {
        let folder = try TemporaryFolder()
        let authority = try folder.file("ca.pem", TestCertificates.authority.utf8)
        try await withServer(TestCertificates.server) { server in
            var options = WebSocketOptions()
            await #expect {
                _ = try await WebSocketClient.connect(to: "wss://127.0.0.1:\(server.port)/", options)
            } throws: { error in
                if case SignalingError.tlsFailed = error { true } else { false }
            }
            options.trust.caFile = authority
            for host in ["127.0.0.1", "localhost"] {
                let client = try await WebSocketClient.connect(to: "wss://\(host):\(server.port)/", options)
                client.send(Array("secret".utf8))
                var reader = client.messages.makeAsyncIterator()
                #expect(await reader.next() == Array("secret".utf8))
                await client.close()
            }
        }
        try await withServer(TestCertificates.stranger) { server in
            var options = WebSocketOptions()
            options.trust.caFile = authority
            await #expect {
                _ = try await WebSocketClient.connect(to: "wss://localhost:\(server.port)/", options)
            } throws: { error in
                if case SignalingError.tlsFailed = error { true } else { false }
            }
        }
        // No TLS at the other end.
        try await withServer { server in
            await #expect {
                _ = try await WebSocketClient.connect(to: "wss://127.0.0.1:\(server.port)/")
            } throws: { error in
                if case SignalingError.tlsFailed = error { true } else { false }
            }
        }
    }

    @Test(arguments: [
        ("ws://h", "h", 80, "/"), ("wss://h:1/a?b=c", "h", 1, "/a?b=c"), ("ws://[::1]:81", "::1", 81, "/"),
        ("WS://h?x", "h", 80, "/?x"),
    ])
    func readsURLs(_ url: String, _ host: String, _ port: Int, _ path: String) throws {
        let endpoint = try WebSocketEndpoint(url)
        #expect(endpoint.host == host && endpoint.port == port && endpoint.path == path)
    }

    @Test(arguments: ["http://h", "ws://", "ws://h:0", "ws://h:x", "ws:// h/", "ws://h/ x", ""])
    func refusesOtherURLs(_ url: String) {
        #expect(throws: SignalingError.self) { try WebSocketEndpoint(url) }
    }
}

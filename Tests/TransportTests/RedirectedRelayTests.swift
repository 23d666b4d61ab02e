import Base
import ICE
import SDP
import Testing
import Transport
import WebRTC

@Suite(.timeLimit(.minutes(1))) struct RedirectedRelayTests {
    /// The server that is known only sends us on: without a word on what happened there nobody finds out what to mend.
    @Test func whyTheServerThatWeAreSentToIsOfNoUseIsReported() async throws {
        let redirecting = try RedirectingServer(to: try #require(SocketAddress("127.0.0.1:9")))
        defer { redirecting.end() }
        let thread = MediaThread()
        try thread.start()
        let sink = Recorder()
        var configuration = try Call.configuration(seed: 1)
        configuration.turnServers = [redirecting.server]
        let connection = try await thread.open(configuration, includeLoopback: true, trust: nil, sink: sink)
        try await thread.with(connection) { peer, now in
            _ = peer.addTransceiver(.audio, direction: .sendrecv)
            let offer = try peer.createOffer(at: now)
            try peer.setLocalDescription(offer, at: now)
        }
        await sink.wait { !$0.relays.isEmpty }
        let report = try #require(sink.record.relays.first)
        #expect(report.server == redirecting.server.address)
        #expect("\(report.state)".contains("Connection refused"), "\(report.state)")
        #expect("\(report.state)".contains("127.0.0.1:9"), "\(report.state): not of the server that is known")
        thread.stop()
    }
}

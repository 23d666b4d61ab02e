import Base
import Janus
import Meeting
import Synchronization
import Testing
import WebRTC

@testable import Conferencing

@Suite struct PeerSinkTests {
    @Test func aConnectionThatTheOtherEndClosesIsLost() {
        let reports = Mutex<[String]>([])
        let sink = PeerSink(.publisher, media: DeafSink(), meter: LevelMeter()) { event in
            if case .failed(let peer, _) = event { reports.withLock { $0.append("\(peer)") } }
        }
        sink.event(.stateChanged(.closed))
        #expect(reports.withLock { $0 } == ["publisher"])
        // Our own farewell is no news.
        sink.retire()
        sink.event(.stateChanged(.closed))
        #expect(reports.withLock { $0.count } == 1)
    }

    @Test func whetherAServerAnswersIsPassedOnUntilTheEnd() {
        let answers = Mutex<[Bool]>([])
        let sink = PeerSink(
            .publisher, media: DeafSink(), meter: LevelMeter(),
            stunServers: { _, came in answers.withLock { $0.append(came) } }, report: { _ in })
        let server = SocketAddress(ip: .v4(0xC000_0201), port: 3478)
        sink.stunServer(server, answers: false)
        sink.stunServer(server, answers: true)
        sink.retire()
        sink.stunServer(server, answers: false)
        #expect(answers.withLock { $0 } == [false, true])
    }
}

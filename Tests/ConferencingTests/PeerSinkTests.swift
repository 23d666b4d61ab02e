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
}

import Base
import Janus
import Media
import Meeting

@testable import Conferencing

/// Connections that connect as soon as they have their answer, or never.
actor FakePeers: MediaPeers {
    private let connects: Bool
    private(set) var heardAt: [JanusPeer: Instant] = [:]
    private(set) var uprooted: Set<JanusPeer> = []
    private(set) var restarts = 0
    private(set) var publishers = 0
    private(set) var refreshed = 0
    var receivedPictures: ReceivedPictures?
    private let report: @Sendable (PeerEvent) -> Void

    init(connects: Bool, report: @escaping @Sendable (PeerEvent) -> Void) {
        self.connects = connects
        self.report = report
    }

    func makePublisherOffer(_ kinds: [TrackKind]) -> (sdp: String, mids: [String]) {
        publishers += 1
        return ("offer", kinds.indices.map(String.init))
    }

    func makeRestartOffer() -> (sdp: String, mids: [String]) {
        restarts += 1
        heardAt[.publisher] = MonotonicClock.now
        uprooted.remove(.publisher)
        report(.connected(.publisher))
        return ("restart", ["0", "1"])
    }

    func applyPublisherAnswer(_ sdp: String) {
        if connects { report(.connected(.publisher)) }
    }

    func answerSubscriberOffer(_ sdp: String) -> String {
        heardAt[.subscriber] = MonotonicClock.now
        uprooted.remove(.subscriber)
        if connects { report(.connected(.subscriber)) }
        return "answer"
    }

    func add(_ candidate: String?, mid: String?, to peer: JanusPeer) {}
    func receive(_ tracks: [SubscribedTrack]) {}
    func close(_ peer: JanusPeer) {}
    func shutDown() {}

    func refreshPictures() { refreshed += 1 }
    func removeLostSockets() {}

    func move() { uprooted = [.publisher, .subscriber] }
    func tell(_ event: PeerEvent) { report(event) }
}

import Base
import Janus
import Media
import Meeting

@testable import Conferencing

/// Connections that connect as soon as they have their answer, or never.
actor FakePeers: MediaPeers {
    private let connects: Bool
    private(set) var heardAt: Instant?
    private(set) var isStanding = true
    private(set) var restarts = 0
    private let report: @Sendable (PeerEvent) -> Void

    init(connects: Bool, report: @escaping @Sendable (PeerEvent) -> Void) {
        self.connects = connects
        self.report = report
    }

    func makePublisherOffer(_ kinds: [TrackKind]) -> (sdp: String, mids: [String]) {
        ("offer", kinds.indices.map(String.init))
    }

    func makeRestartOffer() -> (sdp: String, mids: [String]) {
        restarts += 1
        heardAt = MonotonicClock.now
        isStanding = true
        return ("restart", ["0", "1"])
    }

    func applyPublisherAnswer(_ sdp: String) {
        if connects { report(.connected(.publisher)) }
    }

    func answerSubscriberOffer(_ sdp: String) -> String { "answer" }
    func add(_ candidate: String?, mid: String?, to peer: JanusPeer) {}
    func receive(_ tracks: [SubscribedTrack]) {}
    func close(_ peer: JanusPeer) {}
    func shutDown() {}

    func move() { isStanding = false }
    func hear(at now: Instant) { heardAt = now }
}

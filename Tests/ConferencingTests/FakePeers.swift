import Janus
import Meeting

@testable import Conferencing

/// Connections that connect as soon as they have their answer, or never.
actor FakePeers: MediaPeers {
    private let connects: Bool
    private let report: @Sendable (PeerEvent) -> Void

    init(connects: Bool, report: @escaping @Sendable (PeerEvent) -> Void) {
        self.connects = connects
        self.report = report
    }

    func makePublisherOffer(_ kinds: [TrackKind]) -> (sdp: String, mids: [String]) {
        ("offer", kinds.indices.map(String.init))
    }

    func applyPublisherAnswer(_ sdp: String) {
        if connects { report(.connected(.publisher)) }
    }

    func answerSubscriberOffer(_ sdp: String) -> String { "answer" }
    func add(_ candidate: String?, mid: String?, to peer: JanusPeer) {}
    func receive(_ tracks: [SubscribedTrack]) {}
    func close(_ peer: JanusPeer) {}
    func shutDown() {}
}

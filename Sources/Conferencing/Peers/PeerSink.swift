import Base
import Janus
import Meeting
import RTP
import Synchronization
import Transport
import WebRTC

/// What one connection hands out, on the media thread: media to whom it belongs, news to the service.
final class PeerSink: MediaSink {
    struct Route: Hashable, Sendable {
        let participant: ParticipantID
        let kind: TrackKind
    }

    private struct State: Sendable {
        /// The description that went out; candidates in it need no trickling.
        var announced = ""
        /// Of the subscriber connection: whose section it is.
        var routes: [TransceiverID: Route] = [:]
        /// Of the publisher connection: what our own sections are.
        var own: [TransceiverID: TrackKind] = [:]
        /// Replaced or closed: what still comes is of no interest.
        var isRetired = false
    }

    private let peer: JanusPeer
    private let media: any ConferenceMediaSink
    private let meter: LevelMeter
    private let relays: @Sendable (RelayReport) -> Void
    private let stunServers: @Sendable (SocketAddress, Bool) -> Void
    private let report: @Sendable (PeerEvent) -> Void
    private let state = Mutex(State())

    init(
        _ peer: JanusPeer, media: any ConferenceMediaSink, meter: LevelMeter,
        relays: @escaping @Sendable (RelayReport) -> Void = { _ in },
        stunServers: @escaping @Sendable (SocketAddress, Bool) -> Void = { _, _ in },
        report: @escaping @Sendable (PeerEvent) -> Void
    ) {
        self.peer = peer
        self.media = media
        self.meter = meter
        self.relays = relays
        self.stunServers = stunServers
        self.report = report
    }

    func announce(_ sdp: String, own: [TransceiverID: TrackKind] = [:]) {
        state.withLock {
            $0.announced = sdp
            $0.own.merge(own) { _, new in new }
        }
    }

    /// On the media thread. Tells which tracks are no more.
    func route(_ routes: [TransceiverID: Route]) {
        let old = state.withLock { state in
            defer { state.routes = routes }
            return state.routes
        }
        let present = Set(routes.values)
        for route in Set(old.values).subtracting(present).sorted(by: { $0.participant < $1.participant }) {
            media.ended(route.participant, route.kind)
        }
    }

    func retire() {
        state.withLock { $0.isRetired = true }
    }

    /// Has a key frame made of every picture that is sent, as if the other end had asked for it.
    func refreshPictures() {
        let kinds = state.withLock { Set($0.own.values) }
        for kind in TrackKind.allCases where kind != .audio && kinds.contains(kind) { media.keyFrameRequested(kind) }
    }

    // MARK: - From the media thread

    func event(_ event: PeerConnection.Event) {
        let (announced, own, isRetired) = state.withLock { ($0.announced, $0.own, $0.isRetired) }
        guard !isRetired else { return }
        switch event {
        case .stateChanged(.connected): report(.connected(peer))
        case .stateChanged(.disconnected): report(.disconnected(peer))
        case .stateChanged(.failed): report(.failed(peer, "ICE or DTLS failed"))
        // Its farewell came before ours: to us that is a loss.
        case .stateChanged(.closed): report(.failed(peer, "the other end closed it"))
        case .stateChanged: break
        case .localCandidate(let line):
            if !announced.contains(line) { report(.candidate(peer, line)) }
        case .gatheringComplete:
            if !announced.contains("a=end-of-candidates") { report(.candidate(peer, nil)) }
        case .keyFrameRequested(let transceiver):
            if let kind = own[transceiver] { media.keyFrameRequested(kind) }
        case .targetBitrate(let bitrate):
            if peer == .publisher { media.targetBitrate(bitrate) }
        case .streamEnded: break
        case .failure(let reason): report(.failed(peer, reason))
        }
    }

    func relay(_ report: RelayReport) {
        if !state.withLock(\.isRetired) { relays(report) }
    }

    func stunServer(_ server: SocketAddress, answers: Bool) {
        if !state.withLock(\.isRetired) { stunServers(server, answers) }
    }

    func audio(_ packet: ReceivedAudioPacket, payload: Span<UInt8>) {
        guard let route = state.withLock({ $0.routes[packet.transceiver] }) else { return }
        if let level = packet.level {
            meter.heard(route.participant, decibels: -Double(level.minusDecibels), voice: level.isVoice)
        }
        media.audio(route.participant, packet, payload: payload)
    }

    func video(_ frame: ReceivedVideoFrame, frame bytes: inout [UInt8]) {
        guard let route = state.withLock({ $0.routes[frame.transceiver] }) else { return }
        media.video(route.participant, route.kind, frame, bytes: &bytes)
    }
}

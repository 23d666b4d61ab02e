import DTLS
import Media
import SDP
import Transport
import WebRTC

/// Two peer connections of one media thread, over real sockets on loopback.
struct Call: Sendable {
    let thread: MediaThread
    let near: ConnectionID
    let far: ConnectionID
    let nearSink: Recorder
    let farSink: Recorder
    /// The near end's.
    let audio: TransceiverID
    let video: TransceiverID

    /// Opens both, lets them offer, answer and trickle, and returns when both are connected.
    /// - Parameters:
    ///   - trust: for TURN servers by TLS.
    ///   - change: what is special about the configuration of both.
    init(
        on thread: MediaThread, trust: TLSTrust? = nil, change: (inout PeerConnection.Configuration) -> Void = { _ in }
    ) async throws {
        let (candidates, toNear, toFar) = Candidates.pair()
        nearSink = Recorder { toFar.take($0) }
        farSink = Recorder { toNear.take($0) }
        self.thread = thread
        var (nearSettings, farSettings) = (try Self.configuration(seed: 1), try Self.configuration(seed: 2))
        change(&nearSettings)
        change(&farSettings)
        let near = try await thread.open(nearSettings, includeLoopback: true, trust: trust, sink: nearSink)
        let far = try await thread.open(farSettings, includeLoopback: true, trust: trust, sink: farSink)
        (self.near, self.far) = (near, far)
        let (audio, video, offer) = try await thread.with(near) { peer, now in
            let audio = peer.addTransceiver(.audio, direction: .sendrecv)
            let video = peer.addTransceiver(.video, direction: .sendrecv)
            let offer = try peer.createOffer(at: now)
            try peer.setLocalDescription(offer, at: now)
            return (audio, video, offer)
        }
        (self.audio, self.video) = (audio, video)
        let answer = try await thread.with(far) { peer, now in
            try peer.setRemoteDescription(offer, at: now)
            let answer = try peer.createAnswer(at: now)
            try peer.setLocalDescription(answer, at: now)
            return answer
        }
        try await thread.with(near) { peer, now in try peer.setRemoteDescription(answer, at: now) }
        let trickle = Task {
            for await (isForFar, candidate) in candidates {
                try await thread.with(isForFar ? far : near) { $0.addRemoteCandidate(candidate, at: $1) }
            }
        }
        await nearSink.wait { $0.events.contains(where: Self.isConnected) }
        await farSink.wait { $0.events.contains(where: Self.isConnected) }
        trickle.cancel()
    }

    static func configuration(seed: UInt64) throws -> PeerConnection.Configuration {
        PeerConnection.Configuration(
            certificate: try Certificate(at: MonotonicClock.wallTime), seed: seed,
            iceEntropy: (0..<24).map { _ in .random(in: .min ... .max) }, cname: "test-\(seed)",
            wallTime: MonotonicClock.wallTime, wallTimeAt: MonotonicClock.now)
    }

    static func isConnected(_ event: PeerConnection.Event) -> Bool {
        if case .stateChanged(.connected) = event { true } else { false }
    }

    static func isClosed(_ event: PeerConnection.Event) -> Bool {
        if case .stateChanged(.closed) = event { true } else { false }
    }
}

/// Carries trickled candidates from one end's events to the other end.
private struct Candidates: Sendable {
    typealias Stream = AsyncStream<(isForFar: Bool, String)>
    let isForFar: Bool
    let continuation: Stream.Continuation

    static func pair() -> (stream: Stream, toNear: Candidates, toFar: Candidates) {
        let (stream, continuation) = Stream.makeStream()
        return (
            stream, Candidates(isForFar: false, continuation: continuation),
            Candidates(isForFar: true, continuation: continuation)
        )
    }

    func take(_ event: PeerConnection.Event) {
        if case .localCandidate(let candidate) = event { continuation.yield((isForFar, candidate)) }
    }
}

import Base
import JSON
import Media
import SDP
import Synchronization
import Transport
import WebRTC

/// A call between our end and a foreign peer.
struct InteropCall: Sendable {
    struct Scenario: Sendable {
        var engine: ForeignPeer.Engine
        var weOffer: Bool
        /// Whether we trickle; what the peer does is in its options.
        var weTrickle = false
        var room = RoomEnd.Settings()
        var peer = ForeignPeer.Options()
        var weReceive = ["audio", "video"]
        /// Stands between both ends.
        var relay: Relay.Rule?

        init(_ engine: ForeignPeer.Engine, weOffer: Bool, _ change: (inout Scenario) -> Void = { _ in }) {
            self.engine = engine
            self.weOffer = weOffer
            change(&self)
        }
    }

    let scenario: Scenario
    let room: RoomEnd
    let peer: ForeignPeer
    let relay: Relay?
    let audio: TransceiverID?
    let video: TransceiverID?
    /// When the offer was made.
    let startedAt: Instant
    let offer: SessionDescription
    let answer: SessionDescription

    init(_ scenario: Scenario) async throws {
        self.scenario = scenario
        room = try RoomEnd(scenario.room)
        peer = try ForeignPeer(scenario.engine, scenario.peer)
        relay = try scenario.relay.map { try Relay(rule: $0) }
        _ = try await peer.process.event("ready")
        let (candidates, continuation) = AsyncStream<String?>.makeStream()
        try await room.open { event in
            if case .localCandidate(let candidate) = event { continuation.yield(candidate) }
            if case .gatheringComplete = event { continuation.yield(nil) }
        }
        (audio, video) = try await Self.addTransceivers(to: room, scenario)
        startedAt = MonotonicClock.now
        let isRelayed = relay != nil
        if scenario.weOffer {
            offer = try await room.with { peer, now in
                let offer = try peer.createOffer(at: now)
                try peer.setLocalDescription(offer, at: now)
                return offer
            }
            let sent = try await Self.described(offer, by: room, candidates: !scenario.weTrickle && !isRelayed)
            answer = try await peer.answer(sent)
            let taken = isRelayed ? try answer.withoutCandidates : answer
            try await room.with { try $0.setRemoteDescription(taken, at: $1) }
        } else {
            let offer = try await peer.offer()
            self.offer = offer
            let taken = isRelayed ? try offer.withoutCandidates : offer
            answer = try await room.with { peer, now in
                try peer.setRemoteDescription(taken, at: now)
                let answer = try peer.createAnswer(at: now)
                try peer.setLocalDescription(answer, at: now)
                return answer
            }
            peer.take(try await Self.described(answer, by: room, candidates: !scenario.weTrickle && !isRelayed))
        }
        try await exchangeCandidates(candidates)
    }

    private static func addTransceivers(
        to room: RoomEnd, _ scenario: Scenario
    ) async throws -> (audio: TransceiverID?, video: TransceiverID?) {
        @Sendable func direction(sends: Bool, receives: Bool) -> MediaDirection? {
            switch (sends, receives) {
            case (true, true): .sendrecv
            case (true, false): .sendonly
            case (false, true): .recvonly
            case (false, false): nil
            }
        }
        let audio = direction(sends: scenario.room.sendsAudio, receives: scenario.weReceive.contains("audio"))
        let video = direction(sends: scenario.room.sendsVideo, receives: scenario.weReceive.contains("video"))
        return try await room.with { peer, _ in
            (
                audio.map { peer.addTransceiver(.audio, direction: $0) },
                video.map { peer.addTransceiver(.video, direction: $0) }
            )
        }
    }

    /// What goes to the peer: as it is, or with all our candidates.
    private static func described(
        _ description: SessionDescription, by room: RoomEnd, candidates: Bool
    ) async throws -> SessionDescription {
        guard candidates else { return description }
        try await eventually("gathering is complete") {
            room.record.events.contains { $0.event == .gatheringComplete }
        }
        guard let complete = try await room.with({ peer, _ in peer.localDescription }) else {
            throw InteropError("no local description after one was set")
        }
        return complete
    }

    private func exchangeCandidates(_ ours: AsyncStream<String?>) async throws {
        if let relay {
            for line in (scenario.weOffer ? answer : offer).candidateLines {
                relay.learn(candidate: line, ofPeer: true)
            }
            for case (_, .localCandidate(let line)) in room.record.events {
                relay.learn(candidate: line, ofPeer: false)
            }
            peer.take(candidate: relay.candidateForPeer)
            peer.take(candidate: nil)
            try await room.with { [line = relay.candidateForRoom] in
                $0.addRemoteCandidate(line, at: $1)
                $0.addRemoteCandidate(nil, at: $1)
            }
            return
        }
        if scenario.weTrickle {
            let peer = peer
            Task {
                for await candidate in ours {
                    peer.take(candidate: candidate)
                    if candidate == nil { return }
                }
            }
        }
        guard scenario.peer.trickles else { return }
        let (room, peer) = (room, peer)
        Task {
            var number = 0
            while true {
                let line = try await peer.process.event("candidate", number: number).body["candidate"]?.stringValue
                try await room.with { $0.addRemoteCandidate(line, at: $1) }
                if line == nil { return }
                number += 1
            }
        }
    }

    /// When our end was connected.
    func connected() async throws -> Instant {
        try await eventually("we are connected") { self.connectedAt != nil || self.failure != nil }
        if let failure { throw InteropError("we failed: \(failure)") }
        return connectedAt!
    }

    private var connectedAt: Instant? {
        room.record.events.first { $0.event == .stateChanged(.connected) }?.at
    }

    private var failure: String? {
        for case (_, .failure(let reason)) in room.record.events { return reason }
        return nil
    }

    /// Connects, lets media flow from and to both, and waits until each end has so many pictures, and sound.
    func flow(pictures: Int = 20, soundSeconds: Double = 1) async throws {
        _ = try await connected()
        try await room.startMedia(audio: audio, video: video)
        let scenario = scenario
        try await eventually("pictures and sound have come to us", otherwise: { await self.diagnosis() }) {
            let record = room.record
            let hasPictures =
                scenario.peer.video == nil || !scenario.weReceive.contains("video")
                || record.pictures.count >= pictures
            let hasSound =
                scenario.peer.tone == nil || !scenario.weReceive.contains("audio")
                || record.sound.count >= Int(soundSeconds * 48_000)
            return hasPictures && hasSound
        }
        if scenario.room.sendsVideo, scenario.peer.receives.contains("video") {
            _ = try await peer.process.event("first-frame")
        }
        if scenario.room.sendsAudio, scenario.peer.receives.contains("audio") {
            _ = try await peer.process.event("first-sound")
        }
    }

    func statistics() async throws -> PeerConnectionStatistics {
        try await room.with { peer, now in peer.statistics(at: now) }
    }

    /// What both ends know, for a failure's message.
    func diagnosis() async -> String {
        let record = room.record
        let counters = (try? await statistics()).map { "\($0)" }
        let statistics = try? await peer.statistics()
        return """
            ours: \(record.audioPackets) audio packets, \(record.sound.count) samples, \(record.keyFrames) key frames, \
            \(record.pictures.count) pictures, \(record.decodingErrors) errors, \(record.playout), \
            sent \(record.sentPictures) pictures; \(counters ?? "")
            events: \(record.events.map { "\($0.event)" })
            theirs: \(statistics?.description ?? "nothing")
            """
    }

    /// Ends both ends, the peer first; what each has.
    func finish() async throws -> (room: RoomEnd.Received, peer: PeerReport) {
        let report = try await peer.finish()
        let record = room.record
        try await room.stop()
        return (record, report)
    }
}

/// Waits for a condition. - Throws: with what was waited for, after the limit.
func eventually(
    _ what: String, within limit: Duration = .seconds(20), otherwise: () async -> String = { "" },
    _ condition: () async throws -> Bool
) async throws {
    let end = MonotonicClock.now + limit
    while try await !condition() {
        guard MonotonicClock.now < end else {
            throw InteropError("in vain for \(limit): \(what)\n\(await otherwise())")
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}

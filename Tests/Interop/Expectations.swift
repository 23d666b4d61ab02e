import Base
import Glibc
import JSON
import Testing
import WebRTC

/// What we received of a whole call on a clean network.
func expectWhatPeerSent(
    _ room: RoomEnd.Received, _ scenario: InteropCall.Scenario, sourceLocation: SourceLocation = #_sourceLocation
) {
    if let video = scenario.peer.video {
        let size = video.prefix { $0 != "@" }
        #expect(room.pictures.last.map { "\($0.width)x\($0.height)" } == String(size), sourceLocation: sourceLocation)
        let ages = room.pictures.compactMap(\.age)
        #expect(ages.count * 10 >= room.pictures.count * 9, "time codes readable", sourceLocation: sourceLocation)
        #expect(room.decodingErrors == 0, sourceLocation: sourceLocation)
    }
    if let tone = scenario.peer.tone {
        let heard = Tone(of: room.sound, hertz: Double(tone))
        #expect(heard.median > 0.98, "purity of \(heard.seconds) s", sourceLocation: sourceLocation)
        #expect(heard.seconds > 0.5, sourceLocation: sourceLocation)
        #expect(!room.levels.isEmpty, "audio levels", sourceLocation: sourceLocation)
    }
}

/// What the peer received of a whole call on a clean network.
func expectWhatWeSent(
    _ peer: PeerReport, _ scenario: InteropCall.Scenario, sourceLocation: SourceLocation = #_sourceLocation
) {
    if scenario.room.sendsVideo {
        let size = "\(scenario.room.width)x\(scenario.room.height)"
        #expect(peer.sizes.keys.sorted() == [size], sourceLocation: sourceLocation)
        #expect(peer.readableFrames * 10 >= peer.frames * 9, "of \(peer.frames)", sourceLocation: sourceLocation)
    }
    if scenario.room.sendsAudio {
        #expect(abs(peer.hertz - scenario.room.hertz) < 12, sourceLocation: sourceLocation)
        #expect(peer.purity > 0.95, sourceLocation: sourceLocation)
    }
}

/// What was measured, where somebody wants to see it.
func note(_ title: String, _ call: InteropCall, _ room: RoomEnd.Received, _ peer: PeerReport) {
    guard getenv("INTEROP_VERBOSE") != nil else { return }
    func since(_ instant: Instant?) -> String {
        instant.map { "\(($0 - call.startedAt).inMilliseconds.rounded()) ms" } ?? "never"
    }
    let connected = room.events.first { $0.event == .stateChanged(.connected) }?.at
    let theirFirst = peer.body["firstFrame"]?.doubleValue.map { Instant(nanoseconds: Int64($0 * 1e9)) }
    let inbound = peer.engine("inbound-rtp").map { item in
        (item.objectValue ?? [:]).filter { name, _ in
            [
                "kind", "freeze_count", "concealed_samples", "concealment_events", "pli_count", "nack_count",
                "packets_lost", "jitter", "frames_decoded", "frames_dropped", "jitter_buffer_delay",
                "jitter_buffer_emitted_count", "total_samples_received", "retransmitted_packets_received",
            ].contains(name)
        }
    }
    print(
        """
        \(title): connected after \(since(connected)), first picture here \(since(room.pictures.first?.at)), \
        there \(since(theirFirst)), first sound here \(since(room.firstSoundAt))
          here: \(room.summary)
          there: \(peer.frames) frames \(peer.sizes), latency \(peer.latency) ms, freezes \(peer.freezes), \
        \(peer.hertz) Hz pure \(peer.purity); \(inbound.map { JSONValue.object($0).text })
        """)
}

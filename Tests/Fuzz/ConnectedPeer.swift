import Base
import ICE
import RTP
import SDP
import SRTP

@testable import WebRTC

/// The room's end of a call in which media flow: negotiated with itself, and given a way and keys as ICE and DTLS would.
///
/// Making one costs far more than what an input does to it. So there is one, and before each input everything that
/// inputs change is put back.
struct ConnectedPeer: ~Copyable {
    private struct Memory {
        var demultiplexer: Demultiplexer
        var transport: PacedTransport
        var audioSenders: [SenderEntry<AudioSender>]
        var videoSenders: [SenderEntry<VideoSender>]
        var audioReceivers: [ReceiverEntry<AudioReceiver>]
        var videoReceivers: [ReceiverEntry<VideoReceiver>]
        var feedback: Feedback?
        var counters: PeerConnectionCounters
        var random: SeededRandom
    }

    var peer: PeerConnection
    let audio: NegotiatedMedia.Send
    let video: NegotiatedMedia.Send
    private let memory: Memory
    /// When the media that was sent before the inputs ends.
    let now: Instant

    init() {
        do {
            var peer = try Self.negotiated()
            let audio = peer.negotiatedMedia.first { $0.kind == .audio }
            let video = peer.negotiatedMedia.first { $0.kind == .video }
            guard let audio, let video, let audioSend = audio.send, let videoSend = video.send else {
                fatalError("audio and video were to be negotiated both ways")
            }
            let now = Self.sendMedia(&peer, audio.transceiver, video.transceiver)
            memory = Memory(
                demultiplexer: peer.demultiplexer, transport: peer.transport, audioSenders: peer.audioSenders,
                videoSenders: peer.videoSenders, audioReceivers: peer.audioReceivers,
                videoReceivers: peer.videoReceivers, feedback: peer.feedback, counters: peer.counters,
                random: peer.random)
            self.audio = audioSend
            self.video = videoSend
            self.now = now
            self.peer = peer
        } catch {
            fatalError("no connection: \(error)")
        }
    }

    /// As if nothing had come yet.
    mutating func reset() {
        peer.demultiplexer = memory.demultiplexer
        peer.transport = memory.transport
        peer.audioSenders = memory.audioSenders
        peer.videoSenders = memory.videoSenders
        peer.audioReceivers = memory.audioReceivers
        peer.videoReceivers = memory.videoReceivers
        peer.feedback = memory.feedback
        peer.counters = memory.counters
        peer.random = memory.random
        peer.nextAudio = 0
        peer.nextVideo = 0
        Self.drain(&peer, now)
    }

    static func drain(_ peer: inout PeerConnection, _ now: Instant) {
        var bytes: [UInt8] = []
        while peer.pollTransmit(into: &bytes) != nil {}
        while peer.pollEvent() != nil {}
        while peer.pollAudio(into: &bytes) != nil {}
        while peer.pollVideo(into: &bytes, at: now) != nil {}
    }

    private static func negotiated() throws -> PeerConnection {
        let now = Fixtures.start
        var near = Fixtures.peer(1)
        var far = Fixtures.peer(2)
        for kind in [MediaKind.audio, .video] {
            _ = near.addTransceiver(kind, direction: .sendrecv)
            _ = far.addTransceiver(kind, direction: .sendrecv)
        }
        let offer = try near.createOffer(at: now)
        try near.setLocalDescription(offer, at: now)
        try far.setRemoteDescription(offer, at: now)
        let answer = try far.createAnswer(at: now)
        try near.setRemoteDescription(answer, at: now)
        near.ice = nil
        near.dtls = nil
        near.iceDeadline = nil
        near.dtlsDeadline = nil
        near.path = PeerConnection.Transmit(local: Fixtures.local, remote: Fixtures.remote)
        let profile = SRTPProtectionProfile.aes128CMSHA1_80
        let key = [UInt8](repeating: 1, count: profile.keyLength)
        let salt = [UInt8](repeating: 2, count: profile.saltLength)
        let keys = SRTPKeyingMaterial(
            profile: profile, localKey: key, localSalt: salt, remoteKey: key, remoteSalt: salt)
        near.outbound = try SRTPContext(.outbound, keys)
        near.setState(.connected)
        return near
    }

    /// A second of sound and pictures, so that there is something to report on and to ask for again.
    private static func sendMedia(
        _ peer: inout PeerConnection, _ audio: TransceiverID, _ video: TransceiverID
    ) -> Instant {
        var now = Fixtures.start
        var picture: [UInt8] = [0x10, 0, 0, 0x9D, 0x01, 0x2A, 0x80, 0x02, 0x68, 0x01]
        picture.append(contentsOf: repeatElement(0x5A, count: 2000))
        for tick in 0..<25 {
            let sound: [UInt8] = [0x78, 1, 2, 3]
            _ = peer.sendAudio(
                sound.span, on: audio, timestamp: UInt32(tick * 1920), level: .silence, captureTime: now, at: now)
            picture[0] = tick == 0 ? 0x10 : 0x11
            _ = peer.sendVideo(
                picture.span, codec: .vp8, isKeyFrame: tick == 0, on: video, timestamp: UInt32(tick * 3600),
                captureTime: now, at: now)
            let end = now + .milliseconds(40)
            while let due = peer.nextDeadline, due <= end {
                now = max(now, due)
                peer.handleTimeout(at: now)
                drain(&peer, now)
            }
            now = end
        }
        return now
    }
}

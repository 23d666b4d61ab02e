import AudioPipeline
import Base
import Codecs
import Compositor
import Conferencing
import Logging
import Media
import Meeting
import Synchronization
import WebRTC

/// Takes what the others send, on the media thread, and hands it to the audio thread and the decode thread.
final class MediaHub: ConferenceMediaSink {
    let decoding: VideoDecoding
    private let audio: AudioEngine
    private let logger: Logger
    private let streams = Mutex<[ParticipantID: PlayoutStream]>([:])
    private let lipSync = Mutex<[PictureID: LipSync]>([:])
    private let onKeyFrameRequest = Mutex<(@Sendable () -> Void)?>(nil)
    private let onTargetBitrate = Mutex<(@Sendable (Int) -> Void)?>(nil)

    init(audio: AudioEngine, decoding: VideoDecoding, logger: Logger) {
        self.audio = audio
        self.decoding = decoding
        self.logger = logger
    }

    /// Where our own encoder is told what the other end needs.
    func connect(_ encoding: VideoEncoding) {
        onKeyFrameRequest.withLock { $0 = { encoding.requestKeyFrame() } }
        onTargetBitrate.withLock { $0 = { encoding.setTarget($0) } }
    }

    func audio(_ participant: ParticipantID, _ packet: ReceivedAudioPacket, payload: Span<UInt8>) {
        guard let stream = stream(of: participant, isRestart: packet.isRestart) else { return }
        stream.push(
            payload,
            PlayoutPacket(
                sequence: packet.sequence, timestamp: packet.timestamp, arrival: packet.arrival,
                captureTime: packet.captureTime ?? PlayoutPacket.unknownCaptureTime, isRepair: packet.isRepair))
    }

    private func stream(of participant: ParticipantID, isRestart: Bool) -> PlayoutStream? {
        let known = streams.withLock { $0[participant] }
        if let known, !isRestart { return known }
        if let known { audio.remove(known) }
        do {
            let stream = try PlayoutStream(name: participant.rawValue, delays: audio.playoutDelays)
            streams.withLock { $0[participant] = stream }
            audio.add(stream)
            return stream
        } catch {
            logger.error("a participant cannot be heard", metadata: ["reason": "\(error)"])
            return nil
        }
    }

    func video(_ participant: ParticipantID, _ kind: TrackKind, _ frame: ReceivedVideoFrame, bytes: inout [UInt8]) {
        guard let codec = VideoCodec(frame.codec) else { return }
        let picture = PictureID(participant, kind)
        let presentationTime = presentationTime(of: frame, on: picture, from: participant)
        decoding.take(
            &bytes, of: picture, isKeyFrame: frame.isKeyFrame,
            VideoDecoding.Tag(
                codec: codec, presentationTime: presentationTime, firstArrival: frame.firstArrival,
                arrival: frame.arrival, timestamp: frame.timestamp))
    }

    /// In step with the sound of the same participant; as soon as possible while its clock is unknown.
    private func presentationTime(of frame: ReceivedVideoFrame, on picture: PictureID, from participant: ParticipantID)
        -> Instant
    {
        let sound = streams.withLock { $0[participant] }?.playoutOffset
        return lipSync.withLock {
            $0[picture, default: LipSync()]
                .presentationTime(arrival: frame.arrival, captureTime: frame.captureTime, soundOffset: sound)
        }
    }

    func ended(_ participant: ParticipantID, _ kind: TrackKind) {
        switch kind {
        case .audio:
            guard let stream = streams.withLock({ $0.removeValue(forKey: participant) }) else { return }
            audio.remove(stream)
        case .video, .screen:
            let picture = PictureID(participant, kind)
            lipSync.withLock { $0[picture] = nil }
            decoding.remove(picture)
        }
    }

    /// What has been played of each participant.
    var playouts: [ParticipantID: PlayoutStream] { streams.withLock { $0 } }

    func keyFrameRequested(_ kind: TrackKind) {
        onKeyFrameRequest.withLock { $0 }?()
    }

    func targetBitrate(_ bitsPerSecond: Int) {
        onTargetBitrate.withLock { $0 }?(bitsPerSecond)
    }

    /// After a meeting nothing of it is left.
    func clear() {
        let all = streams.withLock { streams in
            defer { streams = [:] }
            return streams
        }
        for stream in all.values { audio.remove(stream) }
        lipSync.withLock { $0 = [:] }
        for id in decoding.statistics.keys { decoding.remove(id) }
        decoding.store.removeAll()
    }
}

extension PictureID {
    init(_ participant: ParticipantID, _ kind: TrackKind) {
        self = kind == .screen ? .screen(participant.rawValue) : .camera(participant.rawValue)
    }
}

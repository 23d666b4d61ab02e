import AudioPipeline
import Base
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
                captureTime: packet.captureTime ?? PlayoutPacket.unknownCaptureTime))
    }

    private func stream(of participant: ParticipantID, isRestart: Bool) -> PlayoutStream? {
        let known = streams.withLock { $0[participant] }
        if let known, !isRestart { return known }
        if let known { audio.remove(known) }
        do {
            let stream = try PlayoutStream(name: participant.rawValue)
            streams.withLock { $0[participant] = stream }
            audio.add(stream)
            return stream
        } catch {
            logger.error("a participant cannot be heard", metadata: ["reason": "\(error)"])
            return nil
        }
    }

    func video(_ participant: ParticipantID, _ kind: TrackKind, _ frame: ReceivedVideoFrame, bytes: inout [UInt8]) {
        decoding.take(
            &bytes, of: PictureID(participant, kind), isKeyFrame: frame.isKeyFrame,
            VideoDecoding.Tag(
                presentationTime: presentationTime(of: frame, from: participant), arrival: frame.arrival))
    }

    /// The longest that a picture waits for its sound.
    private static let longestWait = Duration.milliseconds(600)

    /// In step with the sound of the same participant; as soon as possible while its clock is unknown.
    private func presentationTime(of frame: ReceivedVideoFrame, from participant: ParticipantID) -> Instant {
        guard let captureTime = frame.captureTime,
            let offset = streams.withLock({ $0[participant] })?.playoutOffset
        else { return frame.arrival }
        let inStep = Instant(nanoseconds: captureTime &+ offset)
        return min(max(inStep, frame.arrival), frame.arrival + Self.longestWait)
    }

    func ended(_ participant: ParticipantID, _ kind: TrackKind) {
        switch kind {
        case .audio:
            guard let stream = streams.withLock({ $0.removeValue(forKey: participant) }) else { return }
            audio.remove(stream)
        case .video, .screen:
            decoding.remove(PictureID(participant, kind))
        }
    }

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
        for id in decoding.statistics.keys { decoding.remove(id) }
        decoding.store.removeAll()
    }
}

extension PictureID {
    init(_ participant: ParticipantID, _ kind: TrackKind) {
        self = kind == .screen ? .screen(participant.rawValue) : .camera(participant.rawValue)
    }
}

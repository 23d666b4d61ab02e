public import Base
public import RTP

extension PeerConnection {
    /// Sends one Opus packet.
    /// - Parameters:
    ///   - timestamp: of its first sample, 48 kHz.
    ///   - captureTime: when that sample was captured.
    ///   - readyAt: when the encoder was done with it, for `pollSent`.
    /// - Returns: false when it was not sent: there is no way to the peer, its section does not send, or the pacer is
    ///   full.
    @discardableResult
    public mutating func sendAudio(
        _ payload: Span<UInt8>, on transceiver: TransceiverID, timestamp: UInt32, level: AudioLevel,
        captureTime: Instant, readyAt: Instant? = nil, at now: Instant
    ) -> Bool {
        guard canFlow, let index = audioSenders.firstIndex(where: { $0.transceiver == transceiver && $0.isActive })
        else { return false }
        let isTaken = audioSenders[index].sender.send(
            payload, timestamp: timestamp, level: level, captureTime: captureTime, readyAt: readyAt, into: &transport,
            at: now)
        flushMedia(at: now)
        return isTaken
    }

    /// Sends one encoded picture, whole or not at all.
    /// - Parameters:
    ///   - codec: what it was encoded with.
    ///   - timestamp: 90 kHz.
    ///   - captureTime: when the camera took it.
    ///   - readyAt: when the encoder was done with it, for `pollSent`.
    /// - Returns: false when it was not sent: there is no way to the peer, its section does not send, or sends another
    ///   codec, the pacer is full, or it refers to a picture that was not sent. What refers to it is refused as well,
    ///   and a key frame is requested by an event: at once, or when there is a way.
    @discardableResult
    public mutating func sendVideo(
        _ frame: Span<UInt8>, codec: Codec, isKeyFrame: Bool, on transceiver: TransceiverID, timestamp: UInt32,
        captureTime: Instant, readyAt: Instant? = nil, at now: Instant
    ) -> Bool {
        guard canFlow, let index = videoSenders.firstIndex(where: { $0.transceiver == transceiver && $0.isActive })
        else { return false }
        var isTaken = false
        if videoSenders[index].sender.configuration.codec == codec {
            isTaken = videoSenders[index].sender.send(
                frame, isKeyFrame: isKeyFrame, timestamp: timestamp, captureTime: captureTime, readyAt: readyAt,
                into: &transport, at: now)
        } else {
            videoSenders[index].sender.drop()
        }
        flushMedia(at: now)
        return isTaken
    }

    /// The next sound packet or picture whose last byte has left by `pollTransmit`: ask when that is drained.
    public mutating func pollSent() -> SentMedia? { transport.pollSent() }

    /// Lets out what may leave now, and asks for what is needed.
    mutating func flushMedia(at now: Instant) {
        transport.poll(into: &plain, at: now)
        for index in videoSenders.indices where videoSenders[index].isActive {
            while transport.wantsPadding, !plain.isFull,
                videoSenders[index].sender.sendPadding(into: &transport, at: now)
            {
                transport.poll(into: &plain, at: now)
            }
        }
        pollKeyFrameRequests(at: now)
        if let target = transport.pollTargetBitrate() { emit(.targetBitrate(videoShare(of: target))) }
    }

    mutating func pollKeyFrameRequests(at now: Instant) {
        for index in videoSenders.indices where videoSenders[index].isActive {
            if videoSenders[index].sender.pollKeyFrameRequest(at: now) {
                emit(.keyFrameRequested(videoSenders[index].transceiver))
            }
        }
    }

    /// Audio takes its part first: 40 kb/s of Opus and as much again for headers and error correction. The rest is for
    /// pictures and their copies.
    private func videoShare(of target: Int) -> Int {
        var audio = 0
        for index in audioSenders.indices where audioSenders[index].isActive { audio += 80_000 }
        return max((target - audio) / transport.sendings, 50_000)
    }

    /// What video may use now, in bits per second.
    public var videoTargetBitrate: Int { videoShare(of: transport.congestion.targetBitrate) }
}

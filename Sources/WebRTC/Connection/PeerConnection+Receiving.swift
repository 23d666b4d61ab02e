public import Base
import RTP

extension PeerConnection {
    mutating func receiveRTP(_ datagram: inout [UInt8], at now: Instant) {
        guard let (route, header, values) = inspect(datagram) else { return }
        if let number = values.transportSequenceNumber, feedback?.usesTransportWide == true {
            feedback?.transportWide.receive(number, ssrc: header.ssrc, at: now)
        }
        if let sendTime = values.absoluteSendTime, feedback?.usesEstimator == true {
            feedback?.estimator.receive(sendTime, ssrc: header.ssrc, byteCount: datagram.count, at: now)
        }
        switch route.kind {
        case .audio:
            guard let index = audioReceivers.firstIndex(where: { $0.transceiver == route.transceiver }) else { return }
            audioReceivers[index].receiver.handle(&datagram, at: now)
            audioReceivers[index].hasToldEnd = false
            if canFlow { audioReceivers[index].receiver.poll(into: &plain, at: now) }
        case .video:
            let original = copies[route.transceiver]
            guard let index = videoReceivers.firstIndex(where: { $0.transceiver == original ?? route.transceiver })
            else { return }
            if original == nil {
                videoReceivers[index].receiver.handle(&datagram, at: now)
            } else {
                videoReceivers[index].receiver.handle(&datagram, copiedBy: route.transceiver, at: now)
            }
            videoReceivers[index].hasToldEnd = false
            if canFlow { videoReceivers[index].receiver.poll(into: &plain, at: now) }
        }
    }

    private mutating func inspect(
        _ datagram: [UInt8]
    ) -> (route: Demultiplexer.Route, header: RTPHeader, values: RTPExtensionValues)? {
        guard let packet = try? RTPPacketView(datagram.span) else {
            counters.malformedPackets += 1
            return nil
        }
        let values = packet.extensions(demultiplexer.extensions)
        guard let route = demultiplexer.route(packet, values) else { return nil }
        return (route, packet.header, values)
    }

    mutating func receiveRTCP(_ datagram: Span<UInt8>, at now: Instant) {
        let reporting = reportingSources
        do {
            var reader = RTCPReader(datagram)
            while let packet = try reader.next() {
                try transport.handle(packet, at: now)
                noteReports(packet, at: now)
                for index in audioSenders.indices where audioSenders[index].isActive {
                    try audioSenders[index].sender.handle(packet, into: &transport, at: now)
                }
                for index in videoSenders.indices where videoSenders[index].isActive {
                    try videoSenders[index].sender.handle(packet, into: &transport, at: now)
                }
                for index in audioReceivers.indices { try audioReceivers[index].receiver.handle(packet, at: now) }
                for index in videoReceivers.indices { try videoReceivers[index].receiver.handle(packet, at: now) }
            }
        } catch {
            counters.malformedPackets += 1
        }
        if reportingSources > reporting { feedback?.reports.hasten(at: now) }
        noteEnds()
        if canFlow { flushMedia(at: now) }
    }

    /// Received streams whose senders have reported.
    private var reportingSources: Int {
        audioReceivers.count { $0.receiver.stream.senderClock.hasReport }
            + videoReceivers.count { $0.receiver.stream.senderClock.hasReport }
    }

    private mutating func noteEnds() {
        for index in audioReceivers.indices
        where audioReceivers[index].receiver.stream.hasEnded && !audioReceivers[index].hasToldEnd {
            audioReceivers[index].hasToldEnd = true
            emit(.streamEnded(audioReceivers[index].transceiver))
        }
        for index in videoReceivers.indices
        where videoReceivers[index].receiver.stream.hasEnded && !videoReceivers[index].hasToldEnd {
            videoReceivers[index].hasToldEnd = true
            emit(.streamEnded(videoReceivers[index].transceiver))
        }
    }

    /// Which transceivers receive a copy of what another one of them receives: of the same feed, asked for once more, to
    /// make up for what is lost (RFC 7198). What comes on them repairs the original; they hand out nothing themselves.
    /// - Parameter originals: by copy.
    public mutating func setCopies(_ originals: [TransceiverID: TransceiverID]) {
        guard originals != copies else { return }
        copies = originals
        configureCopies()
    }

    mutating func configureCopies() {
        for index in videoReceivers.indices {
            let original = videoReceivers[index].transceiver
            videoReceivers[index].receiver.setCopies(
                videoReceivers.filter { copies[$0.transceiver] == original && copies[original] == nil }
                    .map { ($0.transceiver, $0.receiver.configuration) })
        }
    }

    /// Asks the sender of a transceiver's video for a key frame, as when a decoder has failed.
    public mutating func requestKeyFrame(on transceiver: TransceiverID, at now: Instant) {
        guard let index = videoReceivers.firstIndex(where: { $0.transceiver == transceiver }) else { return }
        videoReceivers[index].receiver.requestKeyFrame(at: now)
        if canFlow { videoReceivers[index].receiver.poll(into: &plain, at: now) }
    }

    /// The next received Opus packet; its payload is swapped into `payload`. The transceivers take turns.
    public mutating func pollAudio(into payload: inout [UInt8]) -> ReceivedAudioPacket? {
        let count = audioReceivers.count
        for turn in 0..<count {
            let index = (nextAudio + turn) % count
            guard let packet = audioReceivers[index].receiver.poll(into: &payload) else { continue }
            nextAudio = index + 1
            let isRestart = packet.isRestart || audioReceivers[index].isRenewed
            audioReceivers[index].isRenewed = false
            return ReceivedAudioPacket(
                transceiver: audioReceivers[index].transceiver, sequence: packet.number, timestamp: packet.timestamp,
                arrival: packet.arrival, level: packet.level, captureTime: packet.captureTime, isRestart: isRestart,
                isRepair: packet.isRepair)
        }
        return nil
    }

    /// The next whole picture in decoding order; its bytes go into `frame`, over what was in it. The transceivers take
    /// turns.
    public mutating func pollVideo(into frame: inout [UInt8], at now: Instant) -> ReceivedVideoFrame? {
        let count = videoReceivers.count
        for turn in 0..<count {
            let index = (nextVideo + turn) % count
            guard let received = videoReceivers[index].receiver.poll(into: &frame, at: now) else { continue }
            nextVideo = index + 1
            return ReceivedVideoFrame(
                transceiver: videoReceivers[index].transceiver, codec: received.codec,
                isKeyFrame: received.isKeyFrame,
                timestamp: received.timestamp, firstArrival: received.firstArrival, arrival: received.arrival,
                captureTime: received.captureTime)
        }
        return nil
    }
}

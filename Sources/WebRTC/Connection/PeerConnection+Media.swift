import Base
import RTP

// The media as negotiated: which senders and receivers there are.

extension PeerConnection {
    /// Makes, keeps and removes senders and receivers, so that they are those of the completed negotiation.
    mutating func configureMedia(at now: Instant) {
        let media = negotiator.media
        demultiplexer.configure(media)
        let live = negotiator.transceivers.map(\.id)
        audioSenders.removeAll { !live.contains($0.transceiver) }
        videoSenders.removeAll { !live.contains($0.transceiver) }
        formerReceivers.formIntersection(live)
        if let first = media.first, feedback == nil {
            let envelope = FeedbackEnvelope(
                localSSRC: first.localSSRC, canonicalName: configuration.cname,
                allowsReducedSize: first.allowsReducedSizeRTCP)
            feedback = Feedback(envelope: envelope, random: SeededRandom(seed: random.next()), at: now)
        }
        configureSenders(media)
        configureReceivers(media)
        // A peer that reports packet by packet is told so too; REMB is for those that cannot.
        let kinds = media.compactMap(\.receive).flatMap(\.formats.values).reduce(FeedbackKinds()) { kinds, format in
            if case .media(_, _, _, let feedback) = format { kinds.union(feedback) } else { kinds }
        }
        feedback?.usesTransportWide = kinds.contains(.transportWide)
        feedback?.usesEstimator = kinds.contains(.remb) && !kinds.contains(.transportWide)
    }

    // MARK: - Senders

    private mutating func configureSenders(_ media: [NegotiatedMedia]) {
        for index in audioSenders.indices {
            let transceiver = audioSenders[index].transceiver
            if !media.contains(where: { $0.transceiver == transceiver && $0.send != nil }) {
                audioSenders[index].negotiated = nil
            }
        }
        for index in videoSenders.indices {
            let transceiver = videoSenders[index].transceiver
            if !media.contains(where: { $0.transceiver == transceiver && $0.send != nil }) {
                videoSenders[index].negotiated = nil
            }
        }
        for section in media {
            guard let send = section.send else { continue }
            switch section.kind {
            case .audio: configureAudioSender(section, send)
            case .video: configureVideoSender(section, send)
            }
        }
        transport.canProbe = videoSenders.contains { entry in
            entry.isActive && entry.sender.configuration.retransmission != nil
        }
    }

    private mutating func configureAudioSender(_ section: NegotiatedMedia, _ send: NegotiatedMedia.Send) {
        let settings = SenderConfiguration(section, send)
        guard let index = audioSenders.firstIndex(where: { $0.transceiver == section.transceiver }) else {
            audioSenders.append(
                SenderEntry(
                    transceiver: section.transceiver, negotiated: send,
                    sender: AudioSender(settings, random: &random)))
            return
        }
        guard audioSenders[index].negotiated != send else { return }
        audioSenders[index].negotiated = send
        audioSenders[index].sender.reconfigure(settings)
    }

    private mutating func configureVideoSender(_ section: NegotiatedMedia, _ send: NegotiatedMedia.Send) {
        let settings = SenderConfiguration(section, send)
        guard let index = videoSenders.firstIndex(where: { $0.transceiver == section.transceiver }) else {
            videoSenders.append(
                SenderEntry(
                    transceiver: section.transceiver, negotiated: send,
                    sender: VideoSender(settings, random: &random)))
            return
        }
        guard videoSenders[index].negotiated != send else { return }
        let wasWaiting = !videoSenders[index].isActive
        videoSenders[index].negotiated = send
        videoSenders[index].sender.reconfigure(settings)
        // What came before is gone on the other side.
        if wasWaiting { videoSenders[index].sender.breakChain() }
    }

    // MARK: - Receivers

    private mutating func configureReceivers(_ media: [NegotiatedMedia]) {
        func receives(_ transceiver: TransceiverID) -> Bool {
            media.contains { $0.transceiver == transceiver && $0.receive != nil }
        }
        for entry in audioReceivers where !receives(entry.transceiver) { formerReceivers.insert(entry.transceiver) }
        audioReceivers.removeAll { !receives($0.transceiver) }
        videoReceivers.removeAll { !receives($0.transceiver) }
        for section in media {
            guard let receive = section.receive,
                let settings = ReceiverConfiguration(section, receive, cname: configuration.cname)
            else { continue }
            switch section.kind {
            case .audio: configureAudioReceiver(section.transceiver, settings)
            case .video: configureVideoReceiver(section.transceiver, settings)
            }
        }
        configureCopies()
    }

    private mutating func configureAudioReceiver(_ transceiver: TransceiverID, _ settings: ReceiverConfiguration) {
        let index = audioReceivers.firstIndex { $0.transceiver == transceiver }
        if let index, audioReceivers[index].receiver.configuration == settings { return }
        let entry = ReceiverEntry(
            transceiver: transceiver, receiver: AudioReceiver(settings),
            isRenewed: index != nil || formerReceivers.contains(transceiver))
        if let index { audioReceivers[index] = entry } else { audioReceivers.append(entry) }
    }

    private mutating func configureVideoReceiver(_ transceiver: TransceiverID, _ settings: ReceiverConfiguration) {
        let index = videoReceivers.firstIndex { $0.transceiver == transceiver }
        if let index, videoReceivers[index].receiver.configuration == settings { return }
        let entry = ReceiverEntry(
            transceiver: transceiver, receiver: VideoReceiver(settings), isRenewed: index != nil)
        if let index { videoReceivers[index] = entry } else { videoReceivers.append(entry) }
    }
}

extension SenderConfiguration {
    init(_ section: NegotiatedMedia, _ send: NegotiatedMedia.Send) {
        var retransmission: Retransmission?
        if let ssrc = send.retransmissionSSRC, let payloadType = send.retransmissionPayloadType {
            retransmission = Retransmission(ssrc: ssrc, payloadType: payloadType)
        }
        self.init(
            ssrc: send.ssrc, codec: send.codec, payloadType: send.payloadType, clockRate: Int(send.clockRate),
            retransmission: retransmission, extensions: send.extensions, mid: MID(section.mid),
            feedback: send.feedback)
    }
}

extension ReceiverConfiguration {
    /// nil when none of the formats is one that is received here.
    init?(_ section: NegotiatedMedia, _ receive: NegotiatedMedia.Receive, cname: String) {
        var formats: [Format] = []
        var clockRate: UInt32 = 0
        for (payloadType, format) in receive.formats.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            guard case .media(let codec, let rate, let retransmission, let feedback) = format,
                codec.kind == section.kind, formats.isEmpty || rate == clockRate
            else { continue }
            clockRate = rate
            formats.append(
                Format(
                    codec: codec, payloadType: payloadType, retransmissionPayloadType: retransmission,
                    feedback: feedback))
        }
        guard let first = formats.first else { return nil }
        self.init(
            first, others: Array(formats.dropFirst()), clockRate: Int(clockRate), extensions: receive.extensions,
            envelope: FeedbackEnvelope(
                localSSRC: section.localSSRC, canonicalName: cname, allowsReducedSize: section.allowsReducedSizeRTCP))
    }
}

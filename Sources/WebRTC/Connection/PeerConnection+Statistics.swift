public import Base
import ICE
import RTP

extension PeerConnection {
    /// What has happened so far. Reads counters only; meant to be called about once a second.
    public func statistics(at now: Instant) -> PeerConnectionStatistics {
        var counters = counters
        counters.unroutablePackets = demultiplexer.unroutable
        counters.droppedDatagrams = plain.dropped + transport.pacer.refusedPackets
        return PeerConnectionStatistics(
            at: now, transport: transportStatistics,
            outbound: audioSenders.map(\.statistics)
                + videoSenders.map { entry in
                    var statistics = entry.statistics
                    statistics.copies = transport.sendings
                    return statistics
                },
            inbound: audioReceivers.map(\.statistics)
                + videoReceivers.filter { copies[$0.transceiver] == nil }.map { entry in
                    var statistics = entry.statistics
                    statistics.copies = 1 + copies.values.count { $0 == entry.transceiver }
                    return statistics
                }, counters: counters, buffers: buffers)
    }

    private var buffers: [BufferDepth] {
        audioReceivers.map(\.receiver.depth) + videoReceivers.map(\.receiver.depth) + transport.depths
            + [plain.depth(as: "datagrams"), events.depth(as: "events")]
    }

    private var transportStatistics: PeerConnectionStatistics.Transport {
        PeerConnectionStatistics.Transport(
            state: state, iceState: ice?.state ?? .new, iceRole: ice?.role, selectedPair: ice?.selectedPair,
            currentRoundTripTime: ice?.roundTrip, dtlsRole: dtlsRole, srtpProfile: profile,
            packetsSent: counters.datagramsSent, packetsReceived: counters.datagramsReceived,
            bytesSent: counters.bytesSent, bytesReceived: counters.bytesReceived,
            availableOutgoingBitrate: transport.congestion.targetBitrate,
            availableIncomingBitrate: feedback.flatMap { $0.usesEstimator ? $0.estimator.estimate : nil },
            outgoingLossRate: transport.congestion.lossRate, pacerDelay: transport.pacer.expectedDelay,
            ice: ice?.statistics ?? ICEStatistics())
    }
}

extension SenderEntry<AudioSender> {
    var statistics: OutboundStreamStatistics {
        let configuration = sender.configuration
        return OutboundStreamStatistics(
            transceiver: transceiver, kind: .audio, codec: negotiated?.codec, payloadType: configuration.payloadType,
            ssrc: configuration.ssrc, retransmissionSSRC: configuration.retransmission?.ssrc,
            packetsSent: sender.sent.packets, bytesSent: sender.sent.octets,
            retransmittedPacketsSent: sender.retransmittedPackets, framesSent: 0, keyFramesSent: 0, framesDropped: 0,
            nackCount: sender.nacks, pliCount: 0, firCount: 0,
            remote: remote.statistics(clockRate: configuration.clockRate))
    }
}

extension SenderEntry<VideoSender> {
    var statistics: OutboundStreamStatistics {
        let configuration = sender.configuration
        return OutboundStreamStatistics(
            transceiver: transceiver, kind: .video, codec: negotiated?.codec, payloadType: configuration.payloadType,
            ssrc: configuration.ssrc, retransmissionSSRC: configuration.retransmission?.ssrc,
            packetsSent: sender.sent.packets, bytesSent: sender.sent.octets,
            retransmittedPacketsSent: sender.retransmittedPackets, framesSent: sender.sentFrames,
            keyFramesSent: sender.sentKeyFrames, framesDropped: sender.droppedFrames, nackCount: sender.nacks,
            pliCount: sender.pictureLossIndications, firCount: sender.fullIntraRequests,
            remote: remote.statistics(clockRate: configuration.clockRate))
    }
}

extension RemoteReport {
    fileprivate func statistics(clockRate: Int) -> OutboundStreamStatistics.Remote? {
        guard let block else { return nil }
        return OutboundStreamStatistics.Remote(
            at: at, fractionLost: Double(block.fractionLost) / 256, packetsLost: Int64(block.cumulativeLost),
            jitter: .seconds(Double(block.jitter) / Double(clockRate)), roundTripTime: roundTrip.last, reports: count)
    }
}

extension ReceiverEntry<AudioReceiver> {
    var statistics: InboundStreamStatistics {
        let packets = receiver.stream.statistics
        let configuration = receiver.configuration
        return InboundStreamStatistics(
            transceiver: transceiver, kind: .audio, codec: .opus,
            payloadType: configuration.first.payloadType,
            ssrc: receiver.stream.ssrc, packetsReceived: packets.receivedPackets, packetsLost: packets.cumulativeLost,
            bytesReceived: packets.receivedBytes,
            jitter: .seconds(packets.jitter / Double(configuration.clockRate)), retransmittedPacketsReceived: 0,
            copiedPacketsReceived: 0,
            packetsDiscarded: receiver.duplicates + receiver.ignored + receiver.overflow, framesReceived: 0,
            keyFramesReceived: 0, packetsDropped: 0, jitterBufferPackets: 0, retransmissionsRequested: 0,
            nackCount: receiver.nacksSent, pliCount: 0, firCount: 0)
    }
}

extension ReceiverEntry<VideoReceiver> {
    var statistics: InboundStreamStatistics {
        let packets = receiver.stream.statistics
        let configuration = receiver.configuration
        return InboundStreamStatistics(
            transceiver: transceiver, kind: .video, codec: receiver.format.codec,
            payloadType: receiver.format.payloadType,
            ssrc: receiver.stream.ssrc, packetsReceived: packets.receivedPackets, packetsLost: packets.cumulativeLost,
            bytesReceived: packets.receivedBytes,
            jitter: .seconds(packets.jitter / Double(configuration.clockRate)),
            retransmittedPacketsReceived: receiver.retransmittedPackets, copiedPacketsReceived: receiver.copiedPackets,
            packetsDiscarded: receiver.ignored,
            framesReceived: receiver.frames, keyFramesReceived: receiver.keyFrames,
            packetsDropped: receiver.droppedPackets, jitterBufferPackets: receiver.waitingPackets,
            retransmissionsRequested: receiver.requestedPackets, nackCount: receiver.nacksSent,
            pliCount: receiver.pictureLossIndications, firCount: receiver.fullIntraRequests)
    }
}

import AudioPipeline
import Base
import Compositor
import Conferencing
import ICE
import JSON
import Meeting
import WebRTC

/// `statistics.get`'s answer (`StatisticsSchema`) out of two samples.
struct StatisticsReport {
    let now: StatisticsSample
    /// nil when nothing was sampled before: rates are then those since the beginning, or zero.
    let before: StatisticsSample?
    let uptime: Duration

    var json: JSONValue {
        var members: [String: JSONValue] = [
            "process": process, "audio": ["deadlinesMissed": .count(now.deadlinesMissed)], "outbound": .array(outbound),
            "inbound": .array(inbound), "stages": .object(stages), "buffers": .object(buffers),
        ]
        members["camera"] = now.camera.map { camera in
            [
                "frames": .count(camera.frames), "slates": .count(camera.slates), "losses": .count(camera.losses),
                "framesDropped": .count(camera.exhausted),
            ]
        }
        members["publish"] = now.conference.publisher.map { connection($0) }
        members["receive"] = now.conference.subscriber.map { connection($0) }
        return .object(members)
    }

    private var interval: Double { before.map { (now.at - $0.at).inSeconds } ?? uptime.inSeconds }

    private func rate(_ now: some BinaryInteger, _ before: (some BinaryInteger)?) -> Double {
        guard interval > 0 else { return 0 }
        return max(0, Double(now) - Double(before ?? 0)) / interval
    }

    private var process: JSONValue {
        let used = now.process.cpu - (before?.process.cpu ?? .zero)
        return [
            "cpu": .rounded(interval > 0 ? 100 * used.inSeconds / interval : 0, 1),
            "memory": .integer(now.process.memory), "uptime": .rounded(uptime.inSeconds, 3),
            "descriptors": .count(now.process.descriptors), "threads": .count(now.process.threads),
        ]
    }

    private func connection(_ connection: PeerConnectionStatistics) -> JSONValue {
        let transport = connection.transport
        var members: [String: JSONValue] = [
            "state": .string("\(transport.state)"), "availableBitrate": .count(transport.availableOutgoingBitrate),
            "loss": .rounded(transport.outgoingLossRate, 4), "packetsSent": .count(transport.packetsSent),
            "packetsReceived": .count(transport.packetsReceived), "bytesSent": .count(transport.bytesSent),
            "bytesReceived": .count(transport.bytesReceived),
            "refused": .object(
                Dictionary(
                    uniqueKeysWithValues: zip(RefusedDatagrams.reasons, connection.refused.counts.map(JSONValue.count)))
            ),
        ]
        members["roundTrip"] = transport.currentRoundTripTime.map { .seconds($0) }
        members["availableIncomingBitrate"] = transport.availableIncomingBitrate.map { .count($0) }
        members["local"] = transport.selectedPair.map { .string($0.local.description) }
        members["remote"] = transport.selectedPair.map { .string($0.remote.description) }
        members["localKind"] = transport.selectedPair.map { .string($0.localKind.rawValue) }
        members["remoteKind"] = transport.selectedPair.map { .string($0.remoteKind.rawValue) }
        members["srtp"] = transport.srtpProfile.map { .string($0.name) }
        return .object(members)
    }

    // MARK: - Streams

    private var outbound: [JSONValue] {
        (now.conference.publisher?.outbound ?? []).compactMap { stream in
            guard let codec = stream.codec else { return nil }
            let former = before?.conference.publisher?.outbound.first { $0.ssrc == stream.ssrc }
            var members: [String: JSONValue] = [
                "kind": .string("\(stream.kind)"), "codec": .string("\(codec)"),
                "bitrate": .count(Int(8 * rate(stream.bytesSent, former?.bytesSent))),
                "packets": .count(stream.packetsSent), "bytes": .count(stream.bytesSent),
                "packetsLost": .count(stream.remote?.packetsLost ?? 0),
                "loss": .rounded(stream.remote?.fractionLost ?? 0, 4),
                "jitter": .seconds(stream.remote?.jitter ?? .zero), "nacks": .count(stream.nackCount),
                "plis": .count(stream.pliCount + stream.firCount),
                "retransmitted": .count(stream.retransmittedPacketsSent),
            ]
            members["roundTrip"] = stream.remote?.roundTripTime.map { .seconds($0) }
            if stream.kind == .video { add(stream, former, to: &members) }
            return .object(members)
        }
    }

    private func add(
        _ stream: OutboundStreamStatistics, _ former: OutboundStreamStatistics?, to members: inout [String: JSONValue]
    ) {
        members["copies"] = .count(stream.copies)
        members["frames"] = .count(stream.framesSent)
        members["keyFrames"] = .count(stream.keyFramesSent)
        members["frameRate"] = .rounded(rate(stream.framesSent, former?.framesSent), 1)
        members["targetBitrate"] = now.conference.publisher.map { .count($0.transport.availableOutgoingBitrate) }
        guard let encoding = now.encoding, encoding.width > 0 else { return }
        members["framesDropped"] = .count(encoding.skipped + now.framesOverrun)
        members["width"] = .count(encoding.width)
        members["height"] = .count(encoding.height)
        members["encodeLatency"] = median(encoding.encode, before?.encoding?.encode)
    }

    private var inbound: [JSONValue] {
        (now.conference.subscriber?.inbound ?? []).compactMap { stream in
            guard let ssrc = stream.ssrc else { return nil }
            let former = before?.conference.subscriber?.inbound.first { $0.ssrc == ssrc }
            let track = now.conference.tracks[stream.transceiver]
            // Of a connection that was made anew, counters begin again.
            let received = max(0, stream.packetsReceived - (former?.packetsReceived ?? 0))
            let lost = max(0, stream.packetsLost - (former?.packetsLost ?? 0))
            var members: [String: JSONValue] = [
                "kind": .string(track?.kind == .screen ? "screen" : "\(stream.kind)"),
                "codec": .string("\(stream.codec)"),
                "bitrate": .count(Int(8 * rate(stream.bytesReceived, former?.bytesReceived))),
                "packets": .count(stream.packetsReceived), "bytes": .count(stream.bytesReceived),
                "packetsLost": .count(stream.packetsLost),
                "loss": .rounded(received + lost > 0 ? Double(lost) / Double(received + lost) : 0, 4),
                "jitter": .seconds(stream.jitter), "nacks": .count(stream.nackCount),
                "plis": .count(stream.pliCount + stream.firCount),
                "retransmitted": .count(stream.retransmittedPacketsReceived),
            ]
            if stream.kind == .video {
                members["copies"] = .count(stream.copies)
                members["copiedPacketsReceived"] = .count(stream.copiedPacketsReceived)
            }
            if let track {
                members["participant"] = .string(track.participant.rawValue)
                if stream.kind == .video { addPicture(PictureID(track.participant, track.kind), to: &members) }
                if stream.kind == .audio { addSound(track.participant, to: &members) }
            }
            return .object(members)
        }
    }

    private func addPicture(_ picture: PictureID, to members: inout [String: JSONValue]) {
        guard let decoding = now.decoding[picture] else { return }
        let former = before?.decoding[picture]
        members["frames"] = .count(decoding.frames)
        members["frameRate"] = .rounded(rate(decoding.frames, former?.frames), 1)
        members["width"] = .count(decoding.width)
        members["height"] = .count(decoding.height)
        members["freezes"] = .count(decoding.freezes)
        members["totalFreezesDuration"] = .seconds(decoding.totalFreezesDuration)
        members["longestFreeze"] = .seconds(decoding.longestFreeze)
        members["firstFrame"] = decoding.firstFrameAt.map { .rounded(Double($0.nanoseconds) / 1e9, 6) }
        members["decodeLatency"] = median(decoding.decode, former?.decode)
        members["renderLatency"] = median(decoding.render, former?.render)
    }

    private func addSound(_ participant: ParticipantID, to members: inout [String: JSONValue]) {
        guard let playout = now.playout[participant] else { return }
        var former = before?.playout[participant]?.statistics ?? PlayoutStatistics()
        if former.samples > playout.statistics.samples { former = PlayoutStatistics() }
        let played = playout.statistics.samples - former.samples
        let concealed = playout.statistics.concealedSamples - former.concealedSamples
        members["bufferDelay"] = .seconds(playout.depth)
        members["packetsDiscarded"] = .count(playout.statistics.latePackets + playout.statistics.overflowedPackets)
        members["totalSamplesReceived"] = .count(playout.statistics.samples)
        members["concealedSamples"] = .count(playout.statistics.concealedSamples)
        members["concealed"] = .rounded(played > 0 ? Double(concealed) / Double(played) : 0, 4)
    }

    private func median(_ now: LatencyHistogram, _ before: LatencyHistogram?) -> JSONValue? {
        let lately = before.map { now.since($0) } ?? now
        return lately.quantile(0.5).map { .seconds($0) }
    }

    // MARK: - Stages and buffers

    private var stages: [String: JSONValue] {
        let named = now.stages.map { stage in
            (
                stage.kind == .audio
                    ? "audio" + stage.name.prefix(1).uppercased() + stage.name.dropFirst() : stage.name, stage
            )
        }
        return Dictionary(uniqueKeysWithValues: named).mapValues { stage in
            var members: [String: JSONValue] = ["count": .count(stage.times.count)]
            for (name, share) in [("median", 0.5), ("p95", 0.95), ("p99", 0.99), ("longest", 1)] {
                members[name] = stage.times.quantile(share).map { .seconds($0) }
            }
            return .object(members)
        }
    }

    private var buffers: [String: JSONValue] {
        BufferDepth.fullest(now.buffers).mapValues { buffer in
            [
                "depth": .count(buffer.depth), "capacity": .count(buffer.capacity), "dropped": .count(buffer.dropped),
            ]
        }
    }
}

extension JSONValue {
    fileprivate static func count(_ value: some BinaryInteger) -> JSONValue { .integer(Int64(clamping: value)) }

    /// In seconds, to the microsecond.
    fileprivate static func seconds(_ duration: Duration) -> JSONValue { .rounded(duration.inSeconds, 6) }

    fileprivate static func rounded(_ value: Double, _ digits: Int) -> JSONValue {
        let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
        return .number((value * scale).rounded() / scale)
    }
}

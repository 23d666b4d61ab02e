import Base
import Conferencing
import ControlAPI
import Metrics
import Transport
import WebRTC

/// What Prometheus is told (Docs/control-api.md has the table). Labels are kinds and names of parts: never a participant,
/// a meeting or an address.
struct RoomMetrics {
    let sample: StatisticsSample
    /// Of a second before or more; nil: there is none.
    let before: StatisticsSample?
    let totals: StreamTotals
    let startedAt: UTCTime

    var all: [Metric] {
        process + room + [stages] + devices + transport + connections + streams + present + media + buffers
    }

    // MARK: - The daemon

    private var process: [Metric] {
        let usage = sample.process
        return [
            gauge("roomd_build_info", "The running version; always 1.") { $0.add(1, ["version": Version.text]) },
            counter("process_cpu_seconds_total", "Processor time of all threads.") { $0.add(usage.cpu.inSeconds) },
            gauge("process_resident_memory_bytes", "Memory that is resident.") { $0.add(usage.memory) },
            gauge("process_open_fds", "Open files and sockets.") { $0.add(usage.descriptors) },
            gauge("process_threads", "Threads.") { $0.add(usage.threads) },
            gauge("process_start_time_seconds", "When the daemon was started, in Unix time.") {
                $0.add(Double(startedAt.milliseconds) / 1000)
            },
        ]
    }

    private var room: [Metric] {
        [
            gauge("roomd_meeting_state", "1 for the state of the room's meeting, none outside meetings.") { metric in
                metric.add(sample.room.meeting == nil ? 1 : 0, ["state": "none"])
                for state in RoomState.Meeting.Condition.allCases {
                    metric.add(sample.room.meeting == state ? 1 : 0, ["state": state.rawValue])
                }
            },
            gauge("roomd_health_problems", "Problems that the room's health lists.") {
                $0.add(sample.room.problems.count)
            },
            gauge("roomd_health_problem", "1 for each problem of the room's health, by its code.") { metric in
                for code in sample.room.problems.sorted() { metric.add(1, ["code": code]) }
            },
        ]
    }

    private var stages: Metric {
        var metric = Metric("roomd_stage_duration_seconds", .histogram, "How long each step of media takes.")
        for stage in sample.stages { metric.add(stage.times, ["stage": stage.name, "kind": stage.kind.rawValue]) }
        return metric
    }

    private var devices: [Metric] {
        [
            counter("roomd_audio_deadlines_missed_total", "Times that the audio thread came more than 10 ms late.") {
                $0.add(sample.deadlinesMissed)
            },
            counter("roomd_camera_losses_total", "Times that the camera went away.") { metric in
                if let camera = sample.camera { metric.add(camera.losses) }
            },
            counter("roomd_camera_slates_total", "Pictures sent in place of a camera that is gone.") { metric in
                if let camera = sample.camera { metric.add(camera.slates) }
            },
            counter("roomd_encoder_frames_dropped_total", "Pictures of the camera that were not encoded.") { metric in
                guard let encoding = sample.encoding else { return }
                metric.add(encoding.skipped + sample.framesOverrun)
            },
        ]
    }

    private var transport: [Metric] {
        let counts = sample.transport
        return [
            counter("roomd_datagrams_total", "Datagrams of all connections.") { metric in
                metric.add(counts.received, ["direction": "inbound"])
                metric.add(counts.sent, ["direction": "outbound"])
            },
            counter(
                "roomd_datagrams_dropped_total", "Datagrams that the system did not take or that do not belong here."
            ) {
                metric in
                metric.add(counts.oversized, ["reason": "oversized"])
                metric.add(counts.receiveFailures, ["reason": "receive_failed"])
                metric.add(counts.sendFailures, ["reason": "send_failed"])
                metric.add(counts.sendDrops, ["reason": "send_buffer_full"])
                metric.add(counts.streamDrops, ["reason": "relay_connection_full"])
            },
            counter(
                "roomd_relay_connection_failures_total",
                "TCP and TLS connections to TURN servers that could not be made, or broke."
            ) { $0.add(counts.streamFailures) },
            counter("roomd_datagrams_refused_total", "Datagrams that came to a connection and did nothing there.") {
                metric in
                for (connection, counts) in totals.connections.totals.sorted(by: { $0.key < $1.key }) {
                    for (index, reason) in RefusedDatagrams.reasons.enumerated() {
                        metric.add(counts[index + 1], ["connection": connection, "reason": reason])
                    }
                }
            },
        ]
    }

    // MARK: - Connections and streams

    private var connections: [Metric] {
        let both: [(name: String, transport: PeerConnectionStatistics.Transport?)] = [
            ("publish", sample.conference.publisher?.transport), ("receive", sample.conference.subscriber?.transport),
        ]
        func gauge(
            _ name: String, _ help: String, _ value: (PeerConnectionStatistics.Transport) -> Double?
        ) -> Metric {
            self.gauge(name, help) { metric in
                for (name, transport) in both {
                    if let found = transport.flatMap(value) { metric.add(found, ["connection": name]) }
                }
            }
        }
        return [
            self.gauge("roomd_connection_up", "Whether the connection that sends, or receives, is connected.") {
                metric in
                for (name, transport) in both {
                    metric.add(transport?.state == .connected ? 1 : 0, ["connection": name])
                }
            },
            gauge("roomd_connection_round_trip_seconds", "Round trip of the last checks.") {
                $0.currentRoundTripTime?.inSeconds
            },
            gauge("roomd_connection_loss_ratio", "Share of our packets that was lost lately, 0 to 1.") {
                $0.outgoingLossRate
            },
            gauge("roomd_connection_available_bytes_per_second", "What congestion control grants.") {
                Double($0.availableOutgoingBitrate) / 8
            },
            gauge("roomd_connection_pacer_delay_seconds", "How long a packet of video that is sent now waits.") {
                $0.pacerDelay.inSeconds
            },
        ]
    }

    /// A counter of what is sent and one of what is received, by their places among the totals.
    private typealias Places = (outbound: Int?, inbound: Int?)

    private var streams: [Metric] {
        func sum(_ name: String, _ help: String, _ places: Places, ofPictures: Bool = false) -> Metric {
            counter(name, help) { metric in
                for (direction, place, totals) in [
                    ("inbound", places.inbound, totals.inbound.totals),
                    ("outbound", places.outbound, totals.outbound.totals),
                ] {
                    guard let place else { continue }
                    for (kind, counters) in totals.sorted(by: { $0.key < $1.key })
                    where !(ofPictures && kind == "audio") {
                        metric.add(counters[place], ["direction": direction, "kind": kind])
                    }
                }
            }
        }
        return [
            gauge("roomd_streams", "Streams that are sent or received now.") { metric in
                for (kind, count) in countByKind(
                    (sample.conference.subscriber?.inbound ?? []).filter { $0.ssrc != nil }.map(sample.kind))
                {
                    metric.add(count, ["direction": "inbound", "kind": kind])
                }
                for (kind, count) in countByKind(
                    (sample.conference.publisher?.outbound ?? []).filter { $0.codec != nil }.map { "\($0.kind)" })
                {
                    metric.add(count, ["direction": "outbound", "kind": kind])
                }
            },
            sum("roomd_stream_packets_total", "Packets, without retransmissions and copies.", (0, 0)),
            sum("roomd_stream_bytes_total", "Bytes of these packets.", (1, 1)),
            sum("roomd_stream_packets_lost_total", "Packets that never came by themselves.", (2, 2)),
            sum("roomd_stream_packets_retransmitted_total", "Packets sent again.", (3, 3)),
            sum("roomd_stream_nacks_total", "Messages that asked for packets.", (4, 4)),
            sum(
                "roomd_stream_key_frame_requests_total", "Messages that asked for a key frame.", (5, 5),
                ofPictures: true),
            sum("roomd_stream_packets_copied_total", "Packets of copies of streams.", (nil, 6), ofPictures: true),
            sum("roomd_stream_frames_sent_total", "Pictures sent.", (6, nil), ofPictures: true),
            sum("roomd_stream_key_frames_sent_total", "Key frames sent.", (7, nil), ofPictures: true),
            sum(
                "roomd_stream_frames_refused_total", "Encoded pictures that were not sent.", (8, nil), ofPictures: true),
        ]
    }

    /// Each stream as it is now; their order among those of a kind is all that tells them apart.
    private var present: [Metric] {
        let streams = StreamGauges.all(sample, before: before)
        func each(_ name: String, _ help: String, _ value: (StreamGauges) -> Double?) -> Metric {
            gauge(name, help) { metric in
                for stream in streams {
                    guard let value = value(stream) else { continue }
                    metric.add(
                        value,
                        [
                            "direction": stream.direction, "kind": stream.kind, "codec": stream.codec,
                            "stream": "\(stream.number)",
                        ])
                }
            }
        }
        return [
            each("roomd_stream_jitter_seconds", "Jitter of a stream, of what is sent as it was reported.") {
                $0.jitter?.inSeconds
            },
            each("roomd_stream_width_pixels", "Width of a stream's pictures.") { $0.width.map(Double.init) },
            each("roomd_stream_height_pixels", "Height of a stream's pictures.") { $0.height.map(Double.init) },
            each("roomd_stream_frames_per_second", "Pictures of a stream a second, lately.") { $0.frameRate },
        ]
    }

    private func countByKind(_ kinds: [String]) -> [(kind: String, count: Int)] {
        kinds.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }.sorted { $0.key < $1.key }
            .map { ($0.key, $0.value) }
    }

    // MARK: - What people see and hear

    private var media: [Metric] {
        func sum(
            _ name: String, _ help: String, _ totals: [String: [Int64]], _ value: @escaping ([Int64]) -> Double
        ) -> Metric {
            counter(name, help) { metric in
                for (kind, counters) in totals.sorted(by: { $0.key < $1.key }) {
                    metric.add(value(counters), ["kind": kind])
                }
            }
        }
        let (pictures, sound) = (totals.pictures.totals, totals.sound.totals)
        return [
            sum("roomd_frames_decoded_total", "Pictures decoded.", pictures) { Double($0[0]) },
            sum("roomd_decode_failures_total", "Pictures that could not be decoded.", pictures) { Double($0[3]) },
            sum("roomd_freezes_total", "Gaps of more than 200 ms between two pictures.", pictures) { Double($0[1]) },
            sum("roomd_freeze_seconds_total", "How long these gaps were.", pictures) { Double($0[2]) / 1e9 },
            sum("roomd_audio_played_seconds_total", "Sound played, all participants added.", sound) {
                Double($0[0]) / 48_000
            },
            sum("roomd_audio_concealed_seconds_total", "Sound that was invented.", sound) { Double($0[1]) / 48_000 },
            sum("roomd_audio_packets_recovered_total", "Packets recovered from their successors.", sound) {
                Double($0[2])
            },
            sum("roomd_audio_packets_discarded_total", "Packets that came after their turn or found no place.", sound) {
                Double($0[3])
            },
        ]
    }

    private var buffers: [Metric] {
        let depths = BufferDepth.fullest(sample.buffers).sorted { $0.key < $1.key }
        return [
            gauge("roomd_buffer_depth", "Elements in the fullest buffer of a kind.") { metric in
                for (name, buffer) in depths { metric.add(buffer.depth, ["buffer": name]) }
            },
            gauge("roomd_buffer_capacity", "Elements that such a buffer takes at most.") { metric in
                for (name, buffer) in depths { metric.add(buffer.capacity, ["buffer": name]) }
            },
            counter("roomd_buffer_dropped_total", "Elements lost because the buffer was full.") { metric in
                for (name, count) in totals.dropped.sorted(by: { $0.key < $1.key }) {
                    metric.add(count, ["buffer": name])
                }
            },
        ]
    }

    private func counter(_ name: String, _ help: String, _ fill: (inout Metric) -> Void) -> Metric {
        var metric = Metric(name, .counter, help)
        fill(&metric)
        return metric
    }

    private func gauge(_ name: String, _ help: String, _ fill: (inout Metric) -> Void) -> Metric {
        var metric = Metric(name, .gauge, help)
        fill(&metric)
        return metric
    }
}

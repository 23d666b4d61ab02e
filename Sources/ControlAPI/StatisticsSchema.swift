/// The shape of what `statistics.get` answers. Names and units follow W3C webrtc-stats where it has them: counters count
/// from the beginning of the connection, times are in seconds.
public enum StatisticsSchema {
    public static let result = Schema.object(
        .required("process", process), .required("audio", audio), .optional("camera", camera, "Since the start."),
        .optional("publish", transport, "The connection that sends."),
        .optional("receive", transport, "The connection that receives."),
        .required("outbound", .list(of: outbound)), .required("inbound", .list(of: inbound)),
        .required("stages", .map(stage), "How long each step takes, by its name, since the daemon's start."),
        .required("buffers", .map(buffer), "How full each buffer is, by its name; of several of a kind the fullest."))

    static let process = Schema.object(
        .required("cpu", .number, "Per cent of one core."), .required("memory", .integer, "Bytes resident."),
        .required("uptime", .seconds), .optional("descriptors", .integer, "Open files and sockets."),
        .optional("threads", .integer))

    static let audio = Schema.object(
        .required("deadlinesMissed", .count, "How often the audio thread came more than 10 ms late, since the start."))

    static let camera = Schema.object(
        .required("frames", .count, "Pictures that it delivered while it was open."),
        .required("slates", .count, "Pictures that went out in their place while it was gone."),
        .required("losses", .count, "How often it went away."),
        .required("framesDropped", .count, "Pictures for which no memory was free."))

    static let transport = Schema.object(
        .required("state", .text), .optional("roundTrip", .seconds),
        .required("availableBitrate", .integer, "Bits per second that congestion control grants."),
        .optional("availableIncomingBitrate", .integer, "Bits per second that we ask the sender for, by REMB."),
        .required("loss", .number, "Share of our packets lost lately, 0 to 1."), .optional("local", .text),
        .optional("remote", .text),
        .optional("localKind", .choice(["host", "srflx", "prflx", "relay"]), "relay: through a TURN server."),
        .optional("remoteKind", .choice(["host", "srflx", "prflx", "relay"])), .optional("srtp", .text),
        .required("packetsSent", .integer),
        .required("packetsReceived", .integer), .required("bytesSent", .integer),
        .required("bytesReceived", .integer),
        .required("refused", .map(.count), "Datagrams that came and did nothing, by the reason."))

    private static let stream: [Field] = [
        .required("kind", .choice(["audio", "video", "screen"])), .required("codec", .text),
        .required("bitrate", .integer, "Bits per second of payload."), .required("packets", .integer),
        .required("bytes", .integer), .required("packetsLost", .integer), .required("loss", .number, "0 to 1."),
        .required("jitter", .seconds), .optional("roundTrip", .seconds), .required("nacks", .integer),
        .required("plis", .integer), .required("retransmitted", .integer),
    ]

    private static let picture: [Field] = [
        .optional("width", .integer), .optional("height", .integer), .optional("frames", .integer),
        .optional("keyFrames", .integer), .optional("frameRate", .number),
        .optional(
            "copies", .integer, "How often each packet of the pictures leaves, or is asked for: 1 without copies."),
    ]

    static let outbound = Schema.object(
        stream + picture + [
            .optional("encodeLatency", .seconds, "Median."), .optional("targetBitrate", .integer),
            .optional(
                "framesDropped", .count,
                "Pictures of the camera that were not encoded, since the start: the encoder lagged, or skipped them to keep to the rate."
            ),
        ])

    static let inbound = Schema.object(
        [.optional("participant", .id)] + stream + picture + [
            .optional("copiedPacketsReceived", .count, "Packets of copies, whether or not the first was missing."),
            .optional("freezes", .integer, "Gaps of more than 200 ms between two pictures."),
            .optional("totalFreezesDuration", .seconds, "All of them together."),
            .optional("longestFreeze", .seconds),
            .optional("firstFrame", .number, "CLOCK_MONOTONIC, in seconds, when the first picture was decoded."),
            .optional("decodeLatency", .seconds, "Median."),
            .optional("renderLatency", .seconds, "Median: from arrival to when it is due on the display."),
            .optional("bufferDelay", .seconds, "How long sound is held back."),
            .optional("concealed", .number, "Share of the sound that was invented, 0 to 1."),
            .optional("totalSamplesReceived", .count, "Samples played at 48 kHz, the invented ones among them."),
            .optional("concealedSamples", .count, "Samples that were invented."),
            .optional("packetsDiscarded", .count, "Packets of sound that came after their turn, or found no place."),
        ])

    static let stage = Schema.object(
        .required("count", .integer), .optional("median", .seconds), .optional("p95", .seconds),
        .optional("p99", .seconds), .optional("longest", .seconds))

    static let buffer = Schema.object(
        .required("depth", .count, "Elements in it just now."),
        .required("capacity", .count, "Elements it takes at most."),
        .required("dropped", .count, "Elements lost because it was full."))
}

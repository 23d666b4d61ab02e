import Base
import RTP

/// Sends one stream of pictures: packetises them, answers NACKs, turns PLI and FIR into key-frame requests (RFC 7741, RFC
/// 9628, RFC 4585, RFC 5104).
struct VideoSender: Sendable {
    private var stream: OutgoingStream
    private var pictureID: UInt16
    private var throttle = KeyFrameThrottle(interval: .milliseconds(500))
    /// The picture before was not sent, so that the next one must not refer to it. Also before the first.
    private var isChainBroken = true
    private var lastIntraRequest: (command: UInt8, at: Instant)?
    /// Frames that were not sent because the transport was full, because they refer to one that was not, or because they
    /// were of another codec.
    private(set) var droppedFrames: UInt64 = 0
    private(set) var sentFrames: UInt64 = 0
    private(set) var sentKeyFrames: UInt64 = 0
    private(set) var pictureLossIndications: UInt64 = 0
    /// Without repetitions.
    private(set) var fullIntraRequests: UInt64 = 0

    init(_ configuration: SenderConfiguration, random: inout SeededRandom) {
        stream = OutgoingStream(configuration, historyCapacity: 1024, historyAge: .seconds(3), random: &random)
        pictureID = UInt16.random(in: 0...0x7FFF, using: &random)
    }

    /// See `OutgoingStream`.
    mutating func reconfigure(_ new: SenderConfiguration) {
        if new.codec != configuration.codec { breakChain() }
        stream.reconfigure(new)
    }

    var configuration: SenderConfiguration { stream.configuration }
    var nacks: UInt64 { stream.nacks }
    var sent: SentAmount { stream.sent }
    var retransmittedPackets: UInt64 { stream.retransmittedPackets }
    var nextDeadline: Instant? { throttle.nextDeadline }

    /// Sends a whole frame of the negotiated codec or nothing of it.
    ///
    /// - Parameters:
    ///   - timestamp: on the 90 kHz clock; the stream adds an offset of its own.
    ///   - captureTime: when the camera took the picture.
    ///   - readyAt: when the encoder was done with it.
    /// - Returns: false when the transport had no room, or when the frame before was not sent and this one refers to it;
    ///   a key frame is then asked for.
    @discardableResult
    mutating func send(
        _ frame: Span<UInt8>, isKeyFrame: Bool, timestamp: UInt32, captureTime: Instant,
        readyAt: Instant? = nil, into transport: inout PacedTransport, at now: Instant
    ) -> Bool {
        guard isKeyFrame || !isChainBroken else {
            droppedFrames += 1
            throttle.request()
            return false
        }
        stream.map(timestamp: timestamp, to: captureTime)
        guard
            let packetizer = VideoPacketizer(
                frame, codec: configuration.codec, isKeyFrame: isKeyFrame, pictureID: pictureID,
                maximumPayloadBytes: configuration.maximumPacketBytes - Self.headerRoom),
            packetizer.count > 0, packetizer.count <= transport.videoRoom
        else {
            drop()
            return false
        }
        for index in 0..<packetizer.count {
            let isLast = index == packetizer.count - 1
            stream.beginPacket(marker: isLast, timestamp: timestamp)
            let headerBytes = stream.packet.count
            packetizer.append(index, of: frame, to: &stream.packet)
            // There is room: it was looked at above.
            _ = stream.finishPacket(
                as: .video, payloadByteCount: stream.packet.count - headerBytes, readyAt: isLast ? readyAt : nil,
                into: &transport, at: now)
        }
        pictureID = (pictureID + 1) & 0x7FFF
        sentFrames += 1
        isChainBroken = false
        if isKeyFrame {
            sentKeyFrames += 1
            throttle.keyFrameSent(at: now)
        }
        return true
    }

    /// Leaves out a frame: it has no room, or was encoded before another codec was agreed on.
    mutating func drop() {
        droppedFrames += 1
        breakChain()
    }

    /// Notes that the other side lacks what the next picture may refer to: only a key frame is sent next, and asked for.
    mutating func breakChain() {
        isChainBroken = true
        throttle.request()
    }

    /// Header, extension block with every extension that we know, and the two bytes of RTX.
    private static let headerRoom = RTPHeader.byteCount + 36 + RTX.overhead

    /// Takes RTCP from the receiver of this stream; packets about others are left alone.
    mutating func handle(
        _ packet: borrowing RTCPPacketView, into transport: inout PacedTransport, at now: Instant
    ) throws(RTPError) {
        switch packet.kind {
        case .nack:
            try stream.handleNack(packet, into: &transport, at: now)
        case .pictureLossIndication where packet.mediaSSRC == configuration.ssrc:
            pictureLossIndications += 1
            throttle.request()
        case .fullIntraRequest:
            var command: UInt8?
            let own = configuration.ssrc
            try packet.forEachFullIntraRequest { ssrc, number in
                if ssrc == own { command = number }
            }
            guard let command else { return }
            // A repetition has the number of the first (RFC 5104 §4.3.1.2). Some peers never count on, though: after
            // two seconds the same number is a request of its own.
            if let last = lastIntraRequest, last.command == command, now - last.at < .seconds(2) { return }
            lastIntraRequest = (command, now)
            fullIntraRequests += 1
            throttle.request()
        default:
            return
        }
    }

    /// Both kinds.
    var keyFrameRequests: UInt64 { pictureLossIndications + fullIntraRequests }

    /// Whether the encoder is to make a key frame now: at most twice a second, however often the receivers ask.
    mutating func pollKeyFrameRequest(at now: Instant) -> Bool {
        throttle.poll(at: now)
    }

    /// Sends one packet that only measures the path. See `PacedTransport.wantsPadding`.
    mutating func sendPadding(into transport: inout PacedTransport, at now: Instant) -> Bool {
        stream.sendPadding(into: &transport, at: now)
    }

    func senderReport(at now: Instant, clock: NTPClock) -> SenderReport? {
        stream.senderReport(at: now, clock: clock)
    }
}

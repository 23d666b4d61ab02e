import Base
import RTP

/// The way of all RTP packets out of one connection: pacer, transport-wide numbering and congestion control.
///
/// Senders enqueue packets whose send-time extensions hold placeholders. `poll` lets those out whose time has come and
/// stamps them, so that number and time are those of the real moment of sending.
struct PacedTransport: Sendable {
    private(set) var pacer: Pacer
    private(set) var congestion: CongestionController
    private(set) var roundTrip: RoundTripEstimator
    private let clock: NTPClock
    private var packet: [UInt8] = []
    private var stamps = DepartureStamps()
    private var feedback = TransportFeedback()
    private var repetition = RepetitionControl()
    private var repeats = RepeatQueue()
    /// As the encoders know it.
    private var reportedCopies = 0
    private var sent = BoundedQueue<SentMedia>(capacity: 64)
    private(set) var sentPackets: UInt64 = 0
    private(set) var sentBytes: UInt64 = 0

    init(_ configuration: CongestionController.Configuration, clock: NTPClock, at now: Instant) {
        congestion = CongestionController(configuration, at: now)
        pacer = Pacer(targetBitrate: congestion.targetBitrate)
        roundTrip = RoundTripEstimator()
        self.clock = clock
    }

    /// Video packets for which there is room.
    var videoRoom: Int { pacer.videoRoom }
    /// Whether fewer retransmissions wait than 300 ms of the target bitrate.
    var hasRetransmissionRoom: Bool { pacer.queuedRetransmissionBytes < pacer.targetBitrate / 8 * 3 / 10 }
    /// A packet is not sent again more often than this.
    var retransmissionInterval: Duration { roundTrip.smoothed ?? .milliseconds(100) }

    /// Takes the packet's bytes by swapping.
    /// - Parameters:
    ///   - extensions: ids of the extensions to stamp.
    ///   - isRepeatable: whether `restamp` may be asked for it.
    ///   - readyAt: when the encoder was done with what ends with this packet; `pollSent` tells when that leaves.
    /// - Returns: false when the pacer is full.
    mutating func enqueue(
        _ packet: inout [UInt8], as kind: Pacer.PacketKind, extensions: RTPExtensionMap, isRepeatable: Bool = false,
        readyAt: Instant? = nil, at now: Instant
    ) -> Bool {
        pacer.enqueue(
            &packet, as: kind, extensions: extensions, isRepeatable: isRepeatable, readyAt: readyAt, at: now)
    }

    /// The next sound packet or picture that has left whole.
    mutating func pollSent() -> SentMedia? { sent.popFirst() }

    var depths: [BufferDepth] { pacer.depths + repeats.depths }

    /// Gives a copy of a packet the stamps that it left with.
    /// - Returns: false when it has not left, or too long ago.
    func restamp(_ packet: inout [UInt8], ssrc: SSRC, number: SequenceNumber) -> Bool {
        guard let stamp = stamps.stamp(ssrc: ssrc, number: number) else { return false }
        packet.stampRTP(
            transportSequenceNumber: stamp.transportSequenceNumber, absoluteSendTime: stamp.absoluteSendTime,
            map: stamp.extensions)
        return true
    }

    /// Moves every packet whose time has come into `out`, stamped.
    mutating func poll(into out: inout DatagramQueue<MediaDatagram>, at now: Instant) {
        startProbe(at: now)
        sendRepeats(into: &out, at: now)
        while !out.isFull, let departure = pacer.next(swapping: &packet, at: now) {
            let extensions = departure.extensions
            var number: UInt16?
            if extensions.transportSequenceNumber != nil {
                number = congestion.packetSent(
                    byteCount: packet.count, probe: departure.probe,
                    copies: departure.kind == .video ? repetition.copies : nil, at: now)
            } else {
                congestion.unnumberedPacketSent(byteCount: packet.count, at: now)
            }
            let stamp = DepartureStamps.Stamp(
                transportSequenceNumber: number, absoluteSendTime: AbsoluteSendTime(now), extensions: extensions)
            packet.stampRTP(
                transportSequenceNumber: number, absoluteSendTime: stamp.absoluteSendTime, map: extensions)
            if departure.isRepeatable, let header = try? RTPPacketView(packet.span).header {
                stamps.add(stamp, ssrc: header.ssrc, number: header.sequenceNumber)
            }
            if departure.kind == .video, repetition.copies > 0 {
                repeats.add(packet, copies: repetition.copies, at: now)
            }
            if let readyAt = departure.readyAt {
                // Where nobody asks, the oldest are of no interest.
                sent.appendDroppingOldest(
                    SentMedia(kind: departure.kind == .audio ? .audio : .video, readyAt: readyAt))
            }
            sentPackets += 1
            sentBytes += UInt64(packet.count)
            out.push(swapping: &packet, tag: .rtp)
        }
    }

    /// Under its own number a packet is the same to the last byte after SRTP too: who has it already drops it as a replay.
    private mutating func sendRepeats(into out: inout DatagramQueue<MediaDatagram>, at now: Instant) {
        while !out.isFull, repeats.next(swapping: &packet, at: now) {
            congestion.unnumberedPacketSent(byteCount: packet.count, at: now)
            pacer.charge(packet.count, at: now)
            sentPackets += 1
            sentBytes += UInt64(packet.count)
            out.push(swapping: &packet, tag: .rtp)
        }
    }

    private mutating func startProbe(at now: Instant) {
        if let cluster = congestion.pollProbe(at: now) { pacer.start(cluster, at: now) }
    }

    /// Whether there is a stream that can carry padding.
    var canProbe: Bool {
        get { congestion.canProbe }
        set { congestion.canProbe = newValue }
    }

    /// Whether a probe runs out of packets: call `VideoSender.sendPadding` and `poll` while this is so.
    var wantsPadding: Bool { pacer.wantsPadding }

    /// Takes RTCP about our streams: transport feedback, REMB, and the report blocks' round trips and losses.
    mutating func handle(_ packet: borrowing RTCPPacketView, at now: Instant) throws(RTPError) {
        switch packet.kind {
        case .transportFeedback:
            try feedback.read(packet)
            let outcome = congestion.handle(feedback, at: now)
            repetition.add(outcome, isCongested: congestion.usage == .overuse, at: now)
        case .applicationLayerFeedback:
            // Other messages share this packet type; they are not ours.
            if let remb = try? packet.remb() { congestion.handle(remb) }
        case .receiverReport, .senderReport:
            for index in 0..<packet.reportBlockCount {
                let block = packet.reportBlock(index)
                roundTrip.handle(block, receivedAt: clock.time(at: now))
                congestion.handle(block, at: now)
            }
            if let smoothed = roundTrip.smoothed { congestion.roundTrip = smoothed }
        default:
            return
        }
        pacer.targetBitrate = congestion.targetBitrate
    }

    var nextDeadline: Instant? {
        Instant.earliest(Instant.earliest(pacer.nextDeadline, congestion.nextDeadline), repeats.nextDeadline)
    }

    mutating func handleTimeout(at now: Instant) {
        congestion.handleTimeout(at: now)
        pacer.targetBitrate = congestion.targetBitrate
    }

    /// How often each picture's packet leaves.
    var sendings: Int { 1 + repetition.copies }

    /// The new target for all streams together, copies included, in bits a second, when it has changed noticeably, or
    /// what of it is theirs.
    mutating func pollTargetBitrate() -> Int? {
        let hasChanged = congestion.pollTargetBitrate() != nil
        guard hasChanged || repetition.copies != reportedCopies else { return nil }
        reportedCopies = repetition.copies
        return congestion.targetBitrate
    }
}

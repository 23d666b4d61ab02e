import Base
import RTP

/// What audio and video senders have in common: numbering, history, retransmission and the figures of sender reports.
struct OutgoingStream: Sendable {
    private(set) var configuration: SenderConfiguration
    /// The packet being written.
    var packet: [UInt8] = []
    private(set) var sent = SentAmount()
    private(set) var retransmittedPackets: UInt64 = 0
    /// NACK messages about this stream.
    private(set) var nacks: UInt64 = 0
    private var sequenceNumber: SequenceNumber
    private var retransmissionNumber: SequenceNumber
    private let timestampOffset: UInt32
    private var history: PacketHistory
    private let historyCapacity: Int
    private let historyAge: Duration
    private var lastMapping: (timestamp: UInt32, captureTime: Instant)?
    private var retransmission: [UInt8] = []

    /// The longest packet with SRTP's trailer: buffers circulate between small packets and large ones, and none of them
    /// is to grow twice.
    static let bufferBytes = 1500

    /// - Parameter historyCapacity: a power of two.
    init(
        _ configuration: SenderConfiguration, historyCapacity: Int, historyAge: Duration, random: inout SeededRandom
    ) {
        self.configuration = configuration
        // Below 2^15, so that SRTP's rollover counter cannot be guessed wrong at the start (RFC 3711 §3.3.1).
        sequenceNumber = SequenceNumber(UInt16.random(in: 0..<0x8000, using: &random))
        retransmissionNumber = SequenceNumber(UInt16.random(in: 0..<0x8000, using: &random))
        timestampOffset = UInt32.random(in: 0...UInt32.max, using: &random)
        self.historyCapacity = historyCapacity
        self.historyAge = historyAge
        history = PacketHistory(
            capacity: configuration.feedback.contains(.nack) ? historyCapacity : 1, maximumAge: historyAge)
    }

    /// Goes on under what was negotiated anew: numbers and clock continue, since the SSRC and its key stay.
    mutating func reconfigure(_ new: SenderConfiguration) {
        precondition(new.ssrc == configuration.ssrc, "another SSRC is another stream")
        configuration = new
        // What was sent under other payload types cannot be sent again.
        history = PacketHistory(
            capacity: new.feedback.contains(.nack) ? historyCapacity : 1, maximumAge: historyAge)
    }

    /// Starts `packet` with a header whose send-time extensions hold placeholders; the payload is the caller's to
    /// append.
    mutating func beginPacket(marker: Bool, timestamp: UInt32, level: AudioLevel? = nil) {
        packet.removeAll(keepingCapacity: true)
        packet.reserveCapacity(Self.bufferBytes)
        packet.append(
            RTPHeader(
                marker: marker, payloadType: configuration.payloadType, sequenceNumber: sequenceNumber,
                timestamp: timestamp &+ timestampOffset, ssrc: configuration.ssrc),
            extensions: RTPExtensionValues(
                mid: configuration.mid, audioLevel: level, transportSequenceNumber: 0,
                absoluteSendTime: AbsoluteSendTime(raw: 0)),
            map: configuration.extensions)
    }

    /// Remembers the packet for retransmission and hands it to the pacer.
    /// - Parameter readyAt: see `PacedTransport.enqueue`.
    /// - Returns: false when the pacer had no room; the packet's number is then used again.
    mutating func finishPacket(
        as kind: Pacer.PacketKind, payloadByteCount: Int, readyAt: Instant? = nil,
        into transport: inout PacedTransport, at now: Instant
    ) -> Bool {
        let isKept = configuration.feedback.contains(.nack)
        if isKept { history.insert(packet, sequenceNumber: sequenceNumber, at: now) }
        let isTaken = transport.enqueue(
            &packet, as: kind, extensions: configuration.extensions,
            isRepeatable: isKept && configuration.retransmission == nil, readyAt: readyAt, at: now)
        guard isTaken else { return false }
        sequenceNumber = sequenceNumber.advanced()
        sent.add(payloadByteCount: payloadByteCount)
        return true
    }

    /// Ties the stream's clock to ours, for sender reports.
    mutating func map(timestamp: UInt32, to captureTime: Instant) {
        lastMapping = (timestamp &+ timestampOffset, captureTime)
    }

    /// Answers a NACK about this stream, each packet at most once in a round trip.
    mutating func handleNack(
        _ nack: borrowing RTCPPacketView, into transport: inout PacedTransport, at now: Instant
    ) throws(RTPError) {
        guard configuration.feedback.contains(.nack), nack.mediaSSRC == configuration.ssrc else { return }
        nacks += 1
        try nack.forEachLostSequenceNumber { number in
            retransmit(number, into: &transport, at: now)
        }
    }

    private mutating func retransmit(_ number: SequenceNumber, into transport: inout PacedTransport, at now: Instant) {
        // A flood of requests must not starve the new frames; what is still missing will be asked for again.
        guard transport.hasRetransmissionRoom,
            history.takeForRetransmission(number, interval: transport.retransmissionInterval, at: now),
            sendAgain(number, as: .retransmission, into: &transport, at: now)
        else { return }
        retransmittedPackets += 1
    }

    /// Sends a packet of the history once more: through the retransmission stream if there is one, else byte for byte
    /// as it left (`DepartureStamps` tells why).
    private mutating func sendAgain(
        _ number: SequenceNumber, as kind: Pacer.PacketKind, into transport: inout PacedTransport, at now: Instant
    ) -> Bool {
        var bytes: [UInt8] = []
        swap(&bytes, &retransmission)
        defer { swap(&bytes, &retransmission) }
        bytes.removeAll(keepingCapacity: true)
        bytes.reserveCapacity(Self.bufferBytes)
        let rtx = configuration.retransmission
        let rtxNumber = retransmissionNumber
        history.withPacket(number) { original in
            if let rtx {
                // Only packets that we wrote stand in the history.
                try? RTX.wrap(
                    original, ssrc: rtx.ssrc, payloadType: rtx.payloadType, sequenceNumber: rtxNumber, into: &bytes)
            } else {
                bytes.append(contentsOf: original)
            }
        }
        guard !bytes.isEmpty else { return false }
        var stamped = configuration.extensions
        if rtx == nil {
            guard transport.restamp(&bytes, ssrc: configuration.ssrc, number: number) else { return false }
            stamped = RTPExtensionMap()
        }
        guard transport.enqueue(&bytes, as: kind, extensions: stamped, at: now) else { return false }
        if rtx != nil { retransmissionNumber = retransmissionNumber.advanced() }
        return true
    }

    /// Sends bytes that only measure the path: the last packet again if it is still at hand, else bare padding.
    /// - Returns: false without a retransmission stream, which padding needs so as not to disturb the media.
    mutating func sendPadding(into transport: inout PacedTransport, at now: Instant) -> Bool {
        guard let rtx = configuration.retransmission, sent.packets > 0 else { return false }
        let last = SequenceNumber(sequenceNumber.raw &- 1)
        if history.contains(last, at: now) {
            return sendAgain(last, as: .padding, into: &transport, at: now)
        }
        var bytes: [UInt8] = []
        swap(&bytes, &retransmission)
        defer { swap(&bytes, &retransmission) }
        bytes.removeAll(keepingCapacity: true)
        bytes.reserveCapacity(Self.bufferBytes)
        bytes.append(
            RTPHeader(
                payloadType: rtx.payloadType, sequenceNumber: retransmissionNumber,
                timestamp: lastMapping?.timestamp ?? timestampOffset, ssrc: rtx.ssrc),
            extensions: RTPExtensionValues(
                mid: configuration.mid, transportSequenceNumber: 0, absoluteSendTime: AbsoluteSendTime(raw: 0)),
            map: configuration.extensions)
        bytes.appendRTPPadding(224)
        guard transport.enqueue(&bytes, as: .padding, extensions: configuration.extensions, at: now) else {
            return false
        }
        retransmissionNumber = retransmissionNumber.advanced()
        return true
    }

    /// The sender report of this moment, or nil before the first packet.
    func senderReport(at now: Instant, clock: NTPClock) -> SenderReport? {
        guard sent.packets > 0, let (timestamp, captureTime) = lastMapping else { return nil }
        // The stream's clock goes on running from the last capture, so that both halves name the same moment.
        let elapsed = (now - captureTime).inNanoseconds
        let ticks = Int64((Double(elapsed) * Double(configuration.clockRate) / 1e9).rounded())
        return SenderReport(
            ssrc: configuration.ssrc, ntpTime: clock.time(at: now),
            rtpTimestamp: timestamp &+ UInt32(truncatingIfNeeded: ticks), packetCount: sent.reportedPackets,
            octetCount: sent.reportedOctets)
    }
}

import Base
import RTP

/// Sends one audio stream: a packet for each encoded block (RFC 7587).
struct AudioSender: Sendable {
    private var stream: OutgoingStream
    private var isFirst = true

    init(_ configuration: SenderConfiguration, random: inout SeededRandom) {
        // A second of packets is more than concealment waits for.
        stream = OutgoingStream(configuration, historyCapacity: 64, historyAge: .seconds(1), random: &random)
    }

    /// See `OutgoingStream`.
    mutating func reconfigure(_ new: SenderConfiguration) {
        stream.reconfigure(new)
        isFirst = true
    }

    var configuration: SenderConfiguration { stream.configuration }
    var nacks: UInt64 { stream.nacks }
    var sent: SentAmount { stream.sent }
    var retransmittedPackets: UInt64 { stream.retransmittedPackets }

    /// - Parameters:
    ///   - payload: one Opus packet.
    ///   - timestamp: of its first sample; the stream adds an offset of its own.
    ///   - captureTime: when that sample was captured.
    ///   - readyAt: when the encoder was done with it.
    /// - Returns: false when the transport had no room.
    @discardableResult
    mutating func send(
        _ payload: Span<UInt8>, timestamp: UInt32, level: AudioLevel, captureTime: Instant,
        readyAt: Instant? = nil, into transport: inout PacedTransport, at now: Instant
    ) -> Bool {
        stream.map(timestamp: timestamp, to: captureTime)
        stream.beginPacket(marker: isFirst, timestamp: timestamp, level: level)
        stream.packet.append(contentsOf: payload)
        isFirst = false
        return stream.finishPacket(
            as: .audio, payloadByteCount: payload.count, readyAt: readyAt, into: &transport, at: now)
    }

    /// Takes RTCP from the receiver of this stream; packets about others are left alone.
    mutating func handle(
        _ packet: borrowing RTCPPacketView, into transport: inout PacedTransport, at now: Instant
    ) throws(RTPError) {
        if packet.kind == .nack { try stream.handleNack(packet, into: &transport, at: now) }
    }

    func senderReport(at now: Instant, clock: NTPClock) -> SenderReport? {
        stream.senderReport(at: now, clock: clock)
    }
}

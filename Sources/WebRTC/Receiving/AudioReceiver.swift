import Base
import RTP

/// Receives one audio stream: hands each packet through once, as soon as it comes, in whatever order, and asks for those
/// that are missing where that was negotiated. The playout buffer behind it puts them in order and decides when to wait.
struct AudioReceiver: Sendable {
    /// A packet besides its payload.
    struct Packet: Hashable, Sendable {
        /// Unwrapped.
        var number: Int64
        /// Unwrapped, on the stream's clock.
        var timestamp: Int64
        var arrival: Instant
        var level: AudioLevel?
        /// The sender's NTP time in nanoseconds; nil before its first report.
        var captureTime: Int64?
        /// The first packet of a stream that has begun anew: numbers and timestamps do not go on from those before.
        var isRestart: Bool
        /// It was asked for and sent again.
        var isRepair: Bool
    }

    let configuration: ReceiverConfiguration
    private(set) var stream: IncomingStream
    private var filter = DuplicateFilter()
    private var packets = DatagramQueue<Packet>(capacity: 128)
    /// Packets that came twice or far too late.
    private(set) var duplicates: UInt64 = 0
    /// Packets that were not for this stream, or no RTP.
    private(set) var ignored: UInt64 = 0
    /// Sound is of no use later: three times, then it is covered by what playout makes up.
    private var nacks = NackGenerator(attempts: 3)
    private var lost: [SequenceNumber] = []
    private var rtcp: [UInt8] = []
    private(set) var nacksSent: UInt64 = 0
    private(set) var repairedPackets: UInt64 = 0
    /// Known from elsewhere, such as ICE's checks.
    var roundTrip = Duration.milliseconds(100)

    init(_ configuration: ReceiverConfiguration) {
        self.configuration = configuration
        stream = IncomingStream(clockRate: configuration.clockRate)
    }

    /// Packets lost because nobody polled.
    var overflow: UInt64 { packets.dropped }
    var depth: BufferDepth { packets.depth(as: "receivedAudio") }

    /// Takes a decrypted RTP packet by swapping; `packet` is a buffer to be used again afterwards.
    mutating func handle(_ packet: inout [UInt8], at now: Instant) {
        guard let header = Self.read(packet, extensions: configuration.extensions),
            header.header.payloadType == configuration.first.payloadType
        else {
            ignored += 1
            return
        }
        let byteCount = packet.count
        let source = stream.follow(header.header.ssrc, at: now)
        guard source != .left else {
            ignored += 1
            return
        }
        let isRestart = source == .replacement
        if isRestart {
            filter = DuplicateFilter()
            nacks = NackGenerator(attempts: 3)
        }
        let number = stream.unwrapNumber(header.header.sequenceNumber)
        guard filter.insert(number) else {
            duplicates += 1
            return
        }
        let isRepair = configuration.first.feedback.contains(.nack) && nacks.receive(number, at: now) != nil
        if isRepair {
            repairedPackets += 1
        } else {
            stream.count(number, timestamp: header.header.timestamp, byteCount: byteCount, at: now)
        }
        let timestamp = stream.unwrapTimestamp(header.header.timestamp)
        // Nothing to play in bare padding.
        guard !header.payload.isEmpty else { return }
        packet.removeSubrange(header.payload.upperBound...)
        packet.removeSubrange(..<header.payload.lowerBound)
        packets.push(
            swapping: &packet,
            tag: Packet(
                number: number, timestamp: timestamp, arrival: now, level: header.level,
                captureTime: stream.captureTime(of: timestamp), isRestart: isRestart, isRepair: isRepair))
    }

    private static func read(
        _ packet: [UInt8], extensions: RTPExtensionMap
    ) -> (header: RTPHeader, payload: Range<Int>, level: AudioLevel?)? {
        guard let view = try? RTPPacketView(packet.span) else { return nil }
        let level = extensions.audioLevel == nil ? nil : view.extensions(extensions).audioLevel
        return (view.header, view.payloadRange, level)
    }

    /// Takes RTCP of the sender.
    mutating func handle(_ packet: borrowing RTCPPacketView, at now: Instant) throws(RTPError) {
        try stream.handle(packet, at: now)
    }

    /// Hands out the next packet's payload by swapping.
    mutating func poll(into payload: inout [UInt8]) -> Packet? {
        packets.pop(swapping: &payload)
    }

    var nextDeadline: Instant? { nacks.nextDeadline }

    /// Writes the NACK that is due.
    mutating func poll(into out: inout DatagramQueue<MediaDatagram>, at now: Instant) {
        guard let ssrc = stream.ssrc, !out.isFull else { return }
        lost.removeAll(keepingCapacity: true)
        nacks.poll(into: &lost, roundTrip: roundTrip, at: now)
        // What was given up is gone: there are no key frames of sound.
        _ = nacks.takeKeyFrameNeed()
        guard !lost.isEmpty else { return }
        nacksSent += 1
        configuration.envelope.begin(&rtcp)
        rtcp.appendRTCPNack(from: configuration.envelope.localSSRC, about: ssrc, lost: lost[...])
        out.push(swapping: &rtcp, tag: .rtcp)
    }

    mutating func makeReportBlock(at now: Instant) -> ReportBlock? {
        stream.makeReportBlock(roundTrip: roundTrip, at: now)
    }
}

import Base
import RTP

@testable import WebRTC

/// A server that was asked for one feed several times: it relays each packet under further sources, with numbers and
/// times of their own, and like Janus 1.1 repeats each of these once.
struct CopyingServer {
    static let configuration = ReceiverConfiguration(
        .init(
            codec: .vp8, payloadType: PayloadType(96), retransmissionPayloadType: PayloadType(97),
            feedback: SenderTests.videoConfiguration.feedback),
        clockRate: 90_000, extensions: SenderTests.extensions,
        envelope: FeedbackEnvelope(localSSRC: SSRC(9), canonicalName: "r"))

    private struct Copy {
        let ssrc: SSRC
        let numberOffset: UInt16
        let timestampOffset: UInt32
        var sent: [UInt16: [UInt8]] = [:]
        var repetitions: UInt16 = 0
    }

    private var copies: [Copy]
    private(set) var repeated = 0

    init(count: Int, random: inout SeededRandom) {
        copies = (0..<count).map { index in
            Copy(
                ssrc: SSRC(UInt32(1000 + index)), numberOffset: .random(in: 0...UInt16.max, using: &random),
                timestampOffset: .random(in: 0...UInt32.max, using: &random))
        }
    }

    static func transceiver(_ index: Int) -> TransceiverID { TransceiverID(500 + index) }

    /// Which copy a source is, of its media or its repetitions.
    static func index(of ssrc: SSRC) -> Int? {
        guard ssrc.rawValue >= 1000, ssrc.rawValue < 3000 else { return nil }
        return Int(ssrc.rawValue % 1000)
    }

    /// What leaves besides the packet itself.
    mutating func relay(_ packet: [UInt8]) -> [[UInt8]] {
        guard let header = try? RTPPacketView(packet.span).header, header.payloadType == PayloadType(96) else {
            return []
        }
        return copies.indices.map { index in
            var copy = packet
            let number = header.sequenceNumber.raw &+ copies[index].numberOffset
            copy.overwrite(at: 2, bigEndian: number)
            copy.overwrite(at: 4, bigEndian: header.timestamp &+ copies[index].timestampOffset)
            copy.overwrite(at: 8, bigEndian: copies[index].ssrc.rawValue)
            copies[index].sent[number] = copy
            return copy
        }
    }

    /// What leaves because it was asked for.
    mutating func answer(_ rtcp: borrowing RTCPPacketView) throws -> [[UInt8]] {
        guard rtcp.kind == .nack, let ssrc = rtcp.mediaSSRC, let index = Self.index(of: ssrc),
            copies.indices.contains(index)
        else {
            return []
        }
        var wanted: [UInt16] = []
        try rtcp.forEachLostSequenceNumber { wanted.append($0.raw) }
        var answers: [[UInt8]] = []
        for number in wanted {
            guard let original = copies[index].sent.removeValue(forKey: number) else { continue }
            var packet: [UInt8] = []
            copies[index].repetitions &+= 1
            try RTX.wrap(
                original.span, ssrc: SSRC(UInt32(2000 + index)), payloadType: PayloadType(97),
                sequenceNumber: SequenceNumber(copies[index].repetitions), into: &packet)
            answers.append(packet)
            repeated += 1
        }
        return answers
    }
}

import Base
import RTP
import Synchronization

@testable import WebRTC

extension Boundary {
    private static let receiver = Mutex(ConnectedPeer())
    private static let pauses: [Duration] = [.zero, .milliseconds(5), .milliseconds(40), .milliseconds(900)]

    /// Packets as they come out of SRTP, to a connection with sound and pictures. Of the control byte bits 0–1 let time
    /// pass.
    static func takeRTP(_ input: [UInt8]) throws(BrokenPromise) {
        try receiver.withLock { (receiver) throws(BrokenPromise) in
            receiver.reset()
            var feed = Feed(input)
            var now = receiver.now
            while let (control, bytes) = feed.next() {
                try checkPacket(bytes)
                var packet = bytes
                receiver.peer.receiveRTP(&packet, at: now)
                ConnectedPeer.drain(&receiver.peer, now)
                try pass(pauses[Int(control & 3)], for: &receiver.peer, now: &now, drain: ConnectedPeer.drain)
                for entry in receiver.peer.videoReceivers {
                    try promise(entry.receiver.waitingPackets <= 1024, "\(entry.receiver.waitingPackets) packets wait")
                }
            }
            _ = receiver.peer.statistics(at: now)
        }
    }

    /// Compound packets as they come out of SRTCP, to the same connection. Of the control byte bits 0–1 let time pass;
    /// bit 2 makes the length of the first packet right; bit 3 makes it speak about our video, bit 4 about our audio.
    static func takeRTCP(_ input: [UInt8]) throws(BrokenPromise) {
        try receiver.withLock { (receiver) throws(BrokenPromise) in
            receiver.reset()
            var feed = Feed(input)
            var now = receiver.now
            while let (control, bytes) = feed.next() {
                var packet = bytes
                if control & 4 != 0, packet.count >= 8 {
                    packet.removeLast(packet.count % 4)
                    packet[2] = UInt8(truncatingIfNeeded: (packet.count / 4 - 1) >> 8)
                    packet[3] = UInt8(truncatingIfNeeded: packet.count / 4 - 1)
                }
                if control & 8 != 0 { write(receiver.video.ssrc, into: &packet) }
                if control & 16 != 0 { write(receiver.audio.ssrc, into: &packet) }
                try checkControlPackets(packet)
                receiver.peer.receiveRTCP(packet.span, at: now)
                ConnectedPeer.drain(&receiver.peer, now)
                try pass(pauses[Int(control & 3)], for: &receiver.peer, now: &now, drain: ConnectedPeer.drain)
            }
            let rate = receiver.peer.videoTargetBitrate
            try promise((1...10_000_000).contains(rate), "a target of \(rate) b/s")
        }
    }

    private static func write(_ ssrc: SSRC, into packet: inout [UInt8]) {
        guard packet.count >= 12 else { return }
        for index in 0..<4 { packet[8 + index] = UInt8(truncatingIfNeeded: ssrc.rawValue >> (24 - 8 * UInt32(index))) }
    }

    /// All that can be asked of a packet.
    private static func checkPacket(_ bytes: [UInt8]) throws(BrokenPromise) {
        _ = DatagramKind(bytes.span)
        guard let packet = try? RTPPacketView(bytes.span) else { return }
        try promise(packet.payloadRange.upperBound <= bytes.count, "the payload ends behind the packet")
        for index in 0..<packet.contributingSourceCount { _ = packet.contributingSource(index) }
        let map = RTPExtensionMap(mid: 1, audioLevel: 2, transportSequenceNumber: 3, absoluteSendTime: 4)
        let values = packet.extensions(map)
        _ = try? OpusPacket(packet.payload)
        var stamped = bytes
        stamped.stampRTP(transportSequenceNumber: 7, absoluteSendTime: AbsoluteSendTime(raw: 9), map: map)
        guard let again = try? RTPPacketView(stamped.span) else { throw BrokenPromise("stamping broke the packet") }
        let read = again.extensions(map)
        try promise(read.mid == values.mid && read.audioLevel == values.audioLevel, "stamping changed other values")
        try promise(again.header == packet.header, "stamping changed the header")
        try checkRetransmission(of: bytes, payload: packet.payload.count)
    }

    /// Wrapped and unwrapped a packet is what it was.
    private static func checkRetransmission(of bytes: [UInt8], payload: Int) throws(BrokenPromise) {
        var other = bytes
        _ = try? RTX.unwrap(&other, ssrc: SSRC(1), payloadType: PayloadType(96))
        guard let original = try? RTPPacketView(bytes.span) else { return }
        var wrapped: [UInt8] = []
        do {
            try RTX.wrap(
                bytes.span, ssrc: SSRC(2), payloadType: PayloadType(97), sequenceNumber: SequenceNumber(1),
                into: &wrapped)
        } catch {
            return
        }
        do {
            _ = try RTX.unwrap(&wrapped, ssrc: original.header.ssrc, payloadType: original.header.payloadType)
            let again = try RTPPacketView(wrapped.span)
            try promise(
                again.header == original.header && again.payload.count == payload, "RTX changed the packet")
        } catch let error as BrokenPromise {
            throw error
        } catch {
            throw BrokenPromise("a wrapped packet is refused: \(error)")
        }
    }

    private static func checkControlPackets(_ bytes: [UInt8]) throws(BrokenPromise) {
        var reader = RTCPReader(bytes.span)
        var feedback = TransportFeedback()
        while let packet = try? reader.next() {
            for index in 0..<packet.reportBlockCount { _ = packet.reportBlock(index) }
            try? packet.forEachCanonicalName { _, name in _ = name.count }
            try? packet.forEachGoodbye { _ in }
            try? packet.forEachLostSequenceNumber { _ in }
            try? packet.forEachFullIntraRequest { _, _ in }
            _ = try? packet.remb()
            _ = try? packet.receiverReferenceTime()
            // One about nothing can be read, but is never written.
            guard (try? feedback.read(packet)) != nil, !feedback.statuses.isEmpty else { continue }
            var written: [UInt8] = []
            written.appendRTCP(feedback)
            var again = TransportFeedback()
            var second = RTCPReader(written.span)
            guard let copy = try? second.next(), (try? again.read(copy)) != nil else {
                throw BrokenPromise("\(feedback) as written is refused")
            }
            try promise(again == feedback, "written: \(feedback)\nread: \(again)")
        }
    }
}

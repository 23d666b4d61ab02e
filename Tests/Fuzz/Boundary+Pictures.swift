import Base
import RTP

@testable import WebRTC

extension Boundary {
    /// The receiver as it is before the first packet, and its configuration.
    private static let fresh: VideoReceiver = {
        let connected = ConnectedPeer()
        return VideoReceiver(connected.peer.videoReceivers[0].receiver.configuration, packetCapacity: 64)
    }()

    static func takeVP8(_ input: [UInt8]) throws(BrokenPromise) {
        try takePictures(input, codec: .vp8)
    }

    static func takeVP9(_ input: [UInt8]) throws(BrokenPromise) {
        try takePictures(input, codec: .vp9)
    }

    /// Payloads with their descriptors to a video receiver. Of the control byte: bits 0–2 say how far the sequence number
    /// goes on (or back), bit 3 whether a picture ends, bits 4–5 how far the timestamp goes on, bit 6 whether it comes as a
    /// retransmission, bit 7 lets 50 ms pass.
    private static func takePictures(_ input: [UInt8], codec: Codec) throws(BrokenPromise) {
        var feed = Feed(input)
        var receiver = fresh
        let formats = [receiver.configuration.first] + receiver.configuration.others
        guard let format = formats.first(where: { $0.codec == codec }) else {
            throw BrokenPromise("\(codec) was not negotiated")
        }
        var out = DatagramQueue<MediaDatagram>(capacity: 64)
        var now = Instant.zero
        var number: UInt16 = 65_500
        var timestamp: UInt32 = 4_294_960_000
        var frame: [UInt8] = []
        while let (control, payload) = feed.next() {
            switch codec {
            case .vp8: try checkVP8(payload)
            case .vp9: try checkVP9(payload)
            case .opus: break
            }
            number &+= [0, 1, 1, 2, 3, 40, 65_535, 30_000][Int(control & 7)]
            timestamp &+= [0, 3000, 3000, 0x8000_0000][Int(control >> 4 & 3)]
            var packet: [UInt8] = []
            packet.append(
                RTPHeader(
                    marker: control & 8 != 0, payloadType: format.payloadType,
                    sequenceNumber: SequenceNumber(number), timestamp: timestamp, ssrc: SSRC(7)),
                extensions: RTPExtensionValues(), map: RTPExtensionMap())
            packet.append(contentsOf: payload)
            if control & 64 != 0, let type = format.retransmissionPayloadType {
                var wrapped: [UInt8] = []
                try? RTX.wrap(
                    packet.span, ssrc: SSRC(8), payloadType: type, sequenceNumber: SequenceNumber(number),
                    into: &wrapped)
                packet = wrapped
            }
            let longest = payload.count
            receiver.handle(&packet, at: now)
            if control & 128 != 0 { now += .milliseconds(50) }
            while let whole = receiver.poll(into: &frame, at: now) {
                try promise(!frame.isEmpty, "an empty picture of \(longest) bytes: \(whole)")
                _ = VP8FrameHeader(frame.span)
                try checkHeader(VP9FrameHeader(frame.span))
            }
            receiver.poll(into: &out, at: now)
            while out.pop(swapping: &frame) != nil {}
            try promise(receiver.waitingPackets <= 64, "\(receiver.waitingPackets) packets wait")
        }
    }

    /// What was read is written so that it reads the same.
    private static func checkVP8(_ payload: [UInt8]) throws(BrokenPromise) {
        var count = 0
        guard let descriptor = try? VP8Descriptor(payload.span, byteCount: &count) else { return }
        try promise(count < payload.count, "a descriptor of \(count) bytes in \(payload.count)")
        var written: [UInt8] = []
        descriptor.append(to: &written)
        written.append(0)
        var again = 0
        let second = try? VP8Descriptor(written.span, byteCount: &again)
        try promise(second == descriptor, "written: \(descriptor)\nread: \(String(describing: second))")
        try promise(again == written.count - 1, "written in \(written.count - 1) bytes, read in \(again)")
    }

    private static func checkVP9(_ payload: [UInt8]) throws(BrokenPromise) {
        var count = 0
        guard let descriptor = try? VP9Descriptor(payload.span, byteCount: &count) else { return }
        try promise(count < payload.count, "a descriptor of \(count) bytes in \(payload.count)")
        var written: [UInt8] = []
        descriptor.append(to: &written)
        written.append(0)
        var again = 0
        let second = try? VP9Descriptor(written.span, byteCount: &again)
        try promise(second == descriptor, "written: \(descriptor)\nread: \(String(describing: second))")
        try promise(again == written.count - 1, "written in \(written.count - 1) bytes, read in \(again)")
        if let structure = descriptor.structure {
            try promise(structure.sizes.map { $0.count == structure.spatialLayerCount } ?? true, "\(structure)")
            try promise(structure.group.map { $0.count < 256 } ?? true, "\(structure)")
        }
        try checkHeader(VP9FrameHeader(payload.span.extracting(count..<payload.count)))
    }

    private static func checkHeader(_ header: VP9FrameHeader) throws(BrokenPromise) {
        guard let size = header.size else { return }
        try promise(header.isKeyFrame && header.profile == 0, "a size of \(header)")
        try promise((1...65_536).contains(size.width) && (1...65_536).contains(size.height), "\(header)")
    }
}

import Base
import RTP

/// Receives one stream of pictures in any of the negotiated formats: undoes retransmissions, asks for what is missing,
/// hands out whole frames in decoding order, and asks for a key frame when it cannot go on.
struct VideoReceiver: Sendable {
    /// A frame besides its bytes.
    struct Frame: Hashable, Sendable {
        var codec: Codec
        var isKeyFrame: Bool
        /// Unwrapped, 90 kHz.
        var timestamp: Int64
        /// When the first of its packets came.
        var firstArrival: Instant
        /// When the packet came that made it whole.
        var arrival: Instant
        /// The sender's NTP time in nanoseconds; nil before its first report.
        var captureTime: Int64?
    }

    /// A section that carries this stream once more.
    struct Copy: Sendable {
        let transceiver: TransceiverID
        let configuration: ReceiverConfiguration
        var stream = DuplicateStream()
    }

    let configuration: ReceiverConfiguration
    /// Of the last packet of media.
    private(set) var format: ReceiverConfiguration.Format
    private(set) var stream: IncomingStream
    private var assembler: FrameAssembler
    private var nacks = NackGenerator()
    private var request = KeyFrameRequest()
    private var copies: [Copy] = []
    /// How long missing packets take that come by themselves, late: a server lost them first and asks for them itself.
    /// Zero where that is not known, or where one was waited for in vain.
    private var lateness = Duration.zero
    /// Kept only while there are copies.
    private var marks = PacketMarks()
    private var lost: [SequenceNumber] = []
    private var copiedNumbers: [SequenceNumber] = []
    private var rtcp: [UInt8] = []
    private var repeated: [UInt8] = []
    private(set) var retransmittedPackets: UInt64 = 0
    /// Packets of copies, whether or not the first one was missing.
    private(set) var copiedPackets: UInt64 = 0
    private(set) var ignored: UInt64 = 0
    private(set) var frames: UInt64 = 0
    private(set) var keyFrames: UInt64 = 0
    /// Messages sent, apart.
    private(set) var nacksSent: UInt64 = 0
    private(set) var pictureLossIndications: UInt64 = 0
    private(set) var fullIntraRequests: UInt64 = 0
    /// Known from elsewhere, such as ICE's checks.
    var roundTrip = Duration.milliseconds(100)

    /// - Parameter packetCapacity: packets held at most, about four seconds at 2.5 Mb/s by default.
    init(_ configuration: ReceiverConfiguration, packetCapacity: Int = 1024) {
        self.configuration = configuration
        format = configuration.first
        stream = IncomingStream(clockRate: configuration.clockRate)
        assembler = FrameAssembler(capacity: packetCapacity)
    }

    var requestedPackets: UInt64 { nacks.requestedPackets }
    var keyFrameRequests: UInt64 { request.sent }
    var droppedPackets: UInt64 { assembler.droppedPackets }
    /// Packets that wait for others, the missing ones between them included.
    var waitingPackets: Int { assembler.span }
    var depth: BufferDepth {
        BufferDepth("assembly", depth: waitingPackets, capacity: assembler.capacity, dropped: droppedPackets)
    }

    /// Takes a decrypted RTP packet, of the media or the retransmission stream; `packet` is a buffer to be used again
    /// afterwards.
    mutating func handle(_ packet: inout [UInt8], at now: Instant) {
        guard let read = Self.read(packet) else {
            ignored += 1
            return
        }
        let type = read.header.payloadType
        let isTaken =
            if let format = configuration.format(of: type) {
                takeMedia(read, format, &packet, at: now)
            } else if let format = configuration.format(retransmittedAs: type) {
                takeRetransmission(format, &packet, at: now)
            } else {
                false
            }
        if !isTaken { ignored += 1 }
    }

    /// The sections that carry this stream once more; of those that stay nothing is forgotten.
    mutating func setCopies(_ sections: [(transceiver: TransceiverID, configuration: ReceiverConfiguration)]) {
        let old = copies
        copies = sections.map { section in
            old.first { $0.transceiver == section.transceiver && $0.configuration == section.configuration }
                ?? Copy(transceiver: section.transceiver, configuration: section.configuration)
        }
        if copies.isEmpty { marks = PacketMarks() }
    }

    /// Takes a decrypted RTP packet of a copy; `packet` is a buffer to be used again afterwards.
    mutating func handle(_ packet: inout [UInt8], copiedBy transceiver: TransceiverID, at now: Instant) {
        guard let index = copies.firstIndex(where: { $0.transceiver == transceiver }), takeCopy(&packet, index, at: now)
        else {
            ignored += 1
            return
        }
    }

    private mutating func takeCopy(_ packet: inout [UInt8], _ index: Int, at now: Instant) -> Bool {
        guard var read = Self.read(packet) else { return false }
        let sent = copies[index].configuration
        let repeated = sent.format(retransmittedAs: read.header.payloadType)
        if let repeated {
            guard let ssrc = copies[index].stream.ssrc,
                (try? RTX.unwrap(&packet, ssrc: ssrc, payloadType: repeated.payloadType)) != nil,
                let unwrapped = Self.read(packet)
            else { return false }
            read = unwrapped
        }
        guard let format = sent.format(of: read.header.payloadType) else { return false }
        let place =
            repeated != nil
            ? copies[index].stream.place(read.header)
            : copies[index].stream.take(
                read.header, content: PacketMarks.content(packet.span.extracting(read.payload)), of: marks)
        copiedPackets += 1
        // Not known to belong here yet, or of no use any more: both are as they should be.
        guard let place, Self.readDescriptor(packet, format.codec, &read),
            let found = stream.place(
                retransmitted: place.number, timestamp: place.timestamp, reach: assembler.capacity)
        else { return true }
        take(
            read, number: found.number, timestamp: found.timestamp, packet: &packet, isCopy: true,
            isRepeated: repeated != nil, at: now)
        return true
    }

    private mutating func takeMedia(
        _ read: ReadPacket, _ format: ReceiverConfiguration.Format, _ packet: inout [UInt8], at now: Instant
    ) -> Bool {
        var read = read
        let content = copies.isEmpty ? nil : PacketMarks.content(packet.span.extracting(read.payload))
        guard Self.readDescriptor(packet, format.codec, &read) else { return false }
        switch stream.follow(read.header.ssrc, at: now) {
        case .left: return false
        case .same, .first: self.format = format
        case .replacement:
            self.format = format
            assembler.reset()
            nacks = NackGenerator()
            lateness = .zero
            marks = PacketMarks()
            for index in copies.indices { copies[index].stream = DuplicateStream() }
        }
        if let content {
            marks.add(content, number: read.header.sequenceNumber, timestamp: read.header.timestamp)
        }
        let number = stream.unwrapNumber(read.header.sequenceNumber)
        let timestamp = stream.unwrapTimestamp(read.header.timestamp)
        stream.count(number, timestamp: read.header.timestamp, byteCount: packet.count, at: now)
        take(read, number: number, timestamp: timestamp, packet: &packet, at: now)
        return true
    }

    private mutating func takeRetransmission(
        _ format: ReceiverConfiguration.Format, _ packet: inout [UInt8], at now: Instant
    ) -> Bool {
        // Before the first media packet nobody knows what is sent again here.
        guard let ssrc = stream.ssrc,
            (try? RTX.unwrap(&packet, ssrc: ssrc, payloadType: format.payloadType)) != nil,
            var read = Self.read(packet), Self.readDescriptor(packet, format.codec, &read),
            let place = stream.place(
                retransmitted: read.header.sequenceNumber, timestamp: read.header.timestamp,
                reach: assembler.capacity)
        else { return false }
        retransmittedPackets += 1
        take(read, number: place.number, timestamp: place.timestamp, packet: &packet, isRepeated: true, at: now)
        return true
    }

    private mutating func take(
        _ read: ReadPacket, number: Int64, timestamp: Int64, packet: inout [UInt8], isCopy: Bool = false,
        isRepeated: Bool = false, at now: Instant
    ) {
        if format.feedback.contains(.nack), let waited = nacks.receive(number, at: now), !isRepeated {
            lateness = max(waited, lateness * 7 / 8)
        }
        let piece = FrameAssembler.Piece(
            number: number, timestamp: timestamp, isLast: read.header.marker && !read.payload.isEmpty,
            startsFrame: read.startsFrame, isKeyFrame: read.isKeyFrame, payload: read.payload, arrival: now,
            isCopy: isCopy, codec: read.codec)
        let wantedBefore = assembler.firstWanted
        if assembler.insert(piece, packet: &packet) == .overflow { nacks.discard(before: number) }
        if let wanted = assembler.firstWanted {
            nacks.discard(before: wanted)
            // On to another frame, which is granted the full patience again.
            if wanted != wantedBefore { request.satisfied() }
        }
        judge(at: now)
    }

    /// Looks whether a key frame is needed.
    private mutating func judge(at now: Instant) {
        if nacks.takeKeyFrameNeed() { request.want(since: now, patience: .zero) }
        if assembler.isWaitingForKeyFrame {
            request.want(since: now, patience: .zero)
        } else if assembler.isBlocked {
            request.want(since: now, patience: patience)
        } else {
            request.satisfied()
        }
    }

    /// How long a missing packet may hold frames back. A server may repeat it only once (Janus 1.1 ignores what is asked
    /// for again within 200 ms): when that has had the time to come, waiting on is worth less than a key frame. What the
    /// server itself has to ask for takes as long as it lately took.
    private var patience: Duration {
        guard format.feedback.contains(.nack) else { return .milliseconds(40) }
        return min(max(roundTrip * 3, lateness) + .milliseconds(40), .seconds(1))
    }

    private struct ReadPacket {
        var header: RTPHeader
        var payload: Range<Int>
        var codec = Codec.vp8
        var startsFrame = false
        var isKeyFrame = false
    }

    /// - Returns: nil for what is no RTP.
    private static func read(_ packet: [UInt8]) -> ReadPacket? {
        guard let view = try? RTPPacketView(packet.span) else { return nil }
        return ReadPacket(header: view.header, payload: view.payloadRange)
    }

    /// Reads the codec's descriptor and moves the payload behind it; bare padding keeps its empty payload.
    /// - Returns: false for what is no payload of the codec.
    private static func readDescriptor(_ packet: [UInt8], _ codec: Codec, _ read: inout ReadPacket) -> Bool {
        read.codec = codec
        guard !read.payload.isEmpty else { return true }
        guard let payload = VideoPayload(packet.span.extracting(read.payload), codec: codec) else { return false }
        read.payload = read.payload.lowerBound + payload.descriptorByteCount..<read.payload.upperBound
        read.startsFrame = payload.startsPicture
        read.isKeyFrame = payload.startsKeyFrame
        return true
    }

    /// Takes RTCP of the sender.
    mutating func handle(_ packet: borrowing RTCPPacketView, at now: Instant) throws(RTPError) {
        try stream.handle(packet, at: now)
    }

    /// Asks for a key frame on the caller's wish, as when a decoder has failed.
    mutating func requestKeyFrame(at now: Instant) {
        request.demand(at: now)
    }

    /// Puts the next whole frame into `frame`, over its old content.
    mutating func poll(into frame: inout [UInt8], at now: Instant) -> Frame? {
        guard let assembled = assembler.poll(into: &frame) else { return nil }
        frames += 1
        if assembled.isKeyFrame {
            keyFrames += 1
            request.keyFrameCame()
        }
        judge(at: now)
        return Frame(
            codec: assembled.codec, isKeyFrame: assembled.isKeyFrame, timestamp: assembled.timestamp,
            firstArrival: assembled.firstArrival,
            arrival: assembled.arrival, captureTime: stream.captureTime(of: assembled.timestamp))
    }

    var nextDeadline: Instant? {
        Instant.earliest(nacks.nextDeadline, stream.ssrc == nil ? nil : request.nextDeadline)
    }

    /// Writes the NACKs and key-frame requests that are due.
    mutating func poll(into out: inout DatagramQueue<MediaDatagram>, at now: Instant) {
        guard let ssrc = stream.ssrc, !out.isFull else { return }
        lost.removeAll(keepingCapacity: true)
        nacks.poll(into: &lost, roundTrip: roundTrip, at: now)
        if nacks.takeKeyFrameNeed() { request.want(since: now, patience: .zero) }
        // Who sends nothing, being muted perhaps, is not asked for pictures either; the next packet will ask again.
        if stream.isSilent(at: now) { request.satisfied() }
        // What is missing is asked for all the same until the key frame is whole: either may be the first to come.
        let wantsKeyFrame = request.poll(roundTrip: roundTrip, at: now)
        if wantsKeyFrame, assembler.isBlocked { lateness = .zero }
        guard !lost.isEmpty || wantsKeyFrame else { return }
        let isDoubled = wantsKeyFrame && stream.isLossy
        let local = configuration.envelope.localSSRC
        if wantsKeyFrame, let block = stream.makeReportBlock(roundTrip: roundTrip, at: now) {
            // Janus 1.1 finds the stream that a key-frame request is about by the report block in front of it only.
            rtcp.removeAll(keepingCapacity: true)
            rtcp.appendRTCPReceiverReport(from: local, blocks: [block])
            rtcp.appendRTCPCanonicalName(configuration.envelope.canonicalName, of: local)
        } else {
            configuration.envelope.begin(&rtcp)
        }
        if !lost.isEmpty {
            nacksSent += 1
            rtcp.appendRTCPNack(from: local, about: ssrc, lost: lost[...])
            // Whoever repeats seldom has every copy to repeat, and one of them may come through.
            for copy in copies { appendNack(about: copy.stream) }
        }
        if wantsKeyFrame {
            if format.feedback.contains(.pictureLoss) {
                pictureLossIndications += isDoubled ? 2 : 1
                rtcp.appendRTCPPictureLossIndication(from: local, about: ssrc)
            } else if format.feedback.contains(.fullIntraRequest) {
                fullIntraRequests += 1
                rtcp.appendRTCPFullIntraRequest(from: local, about: ssrc, command: request.command)
            }
        }
        guard !rtcp.isEmpty else { return }
        if isDoubled {
            // It is all that helps now, and gets lost as easily as anything. Once acted upon it is not again.
            repeated.removeAll(keepingCapacity: true)
            repeated.append(contentsOf: rtcp)
            out.push(swapping: &repeated, tag: .rtcp)
        }
        out.push(swapping: &rtcp, tag: .rtcp)
    }

    private mutating func appendNack(about copy: DuplicateStream) {
        guard let ssrc = copy.ssrc, copy.isAligned else { return }
        copiedNumbers.removeAll(keepingCapacity: true)
        for number in lost { copiedNumbers.append(copy.number(of: number) ?? number) }
        rtcp.appendRTCPNack(from: configuration.envelope.localSSRC, about: ssrc, lost: copiedNumbers[...])
    }

    mutating func makeReportBlock(at now: Instant) -> ReportBlock? {
        stream.makeReportBlock(roundTrip: roundTrip, at: now)
    }
}

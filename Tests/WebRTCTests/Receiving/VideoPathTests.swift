import Base
import RTP
import Testing

@testable import WebRTC

/// A sender and a receiver over a seeded path that loses, reorders, duplicates and delays.
struct VideoPath {
    struct Conditions {
        var loss = 0.0
        var reordering = Duration.zero
        var duplication = 0.0
        var delay = Duration.milliseconds(20)
        /// The sender is a server like Janus 1.1: it repeats a packet at most once in 200 ms, and forgets it then.
        var repeatsOnce = false
        /// The server relays each packet so often besides.
        var copies = 0
        /// Share of the packets that get lost on the way to the server, and after how long they come there nevertheless,
        /// because it asks for them.
        var upstreamLoss = 0.0
        var upstreamRepair = Duration.zero
    }

    private struct InFlight {
        var at: Instant
        var order: Int
        var bytes: [UInt8]
        var toReceiver: Bool
    }

    var random: SeededRandom
    var conditions: Conditions
    var now = Instant.zero
    var transport: PacedTransport
    var sender: VideoSender
    var receiver: VideoReceiver
    var feedback: TransportFeedbackGenerator
    var sentFrames: [[UInt8]] = []
    var sentAt: [Instant] = []
    var received: [(index: Int, isKeyFrame: Bool, delay: Duration)] = []
    private var shownAt: [Instant] = []
    var mismatches = 0
    var packetsSeen = 0
    private var repeated: Set<UInt16> = []
    /// When the server gets what it lost.
    private var expected: [UInt16: Instant] = [:]
    private var server: CopyingServer
    private var inFlight: [InFlight] = []
    private var out = DatagramQueue<MediaDatagram>(capacity: 64)
    private var wantsKeyFrame = true
    private var keyFrameWantedAt: Instant?
    private var order = 0
    private var timestampOffset: Int64?

    init(seed: UInt64, conditions: Conditions, retransmission: Bool = true, codec: Codec = .vp8) {
        random = SeededRandom(seed: seed)
        self.conditions = conditions
        transport = PacedTransport(
            .init(maximumBitrate: 1_200_000, canProbe: false), clock: NTPClock(nanosecondsAtOrigin: 1 << 60), at: .zero)
        var configuration = Self.configuration(of: codec)
        if !retransmission { configuration.feedback.remove(.nack) }
        sender = VideoSender(configuration, random: &random)
        server = CopyingServer(count: conditions.copies, random: &random)
        let envelope = FeedbackEnvelope(localSSRC: SSRC(9), canonicalName: "r")
        receiver = VideoReceiver(
            ReceiverConfiguration(
                .init(
                    codec: .vp8, payloadType: PayloadType(96), retransmissionPayloadType: PayloadType(97),
                    feedback: configuration.feedback),
                others: [
                    .init(
                        codec: .vp9, payloadType: PayloadType(98), retransmissionPayloadType: PayloadType(99),
                        feedback: configuration.feedback)
                ],
                clockRate: 90_000, extensions: SenderTests.extensions, envelope: envelope))
        feedback = TransportFeedbackGenerator(envelope: envelope)
        receiver.roundTrip = conditions.delay * 2 + conditions.reordering
        receiver.setCopies(
            (0..<conditions.copies).map { (CopyingServer.transceiver($0), CopyingServer.configuration) })
    }

    private static func configuration(of codec: Codec) -> SenderConfiguration {
        var configuration = SenderTests.videoConfiguration
        guard codec == .vp9 else { return configuration }
        configuration.codec = .vp9
        configuration.payloadType = PayloadType(98)
        configuration.retransmission?.payloadType = PayloadType(99)
        return configuration
    }

    /// As after a renegotiation in which the other end prefers another codec.
    mutating func change(to codec: Codec) {
        sender.reconfigure(Self.configuration(of: codec))
    }

    /// Runs for `frames` frames at 25 a second, a millisecond a step.
    mutating func run(frames: Int) throws {
        for step in 0..<frames * 40 {
            if step % 40 == 0 { sendFrame() }
            now += .milliseconds(1)
            try pump()
        }
    }

    private mutating func sendFrame() {
        let isKeyFrame = wantsKeyFrame
        wantsKeyFrame = false
        // As the encoder would, it keeps to what it is granted.
        let most = min(6000, max(600, transport.congestion.targetBitrate / transport.sendings / 8 / 25))
        var frame = random.bytes(isKeyFrame ? 2 * most : Int.random(in: 500...most, using: &random))
        switch sender.configuration.codec {
        case .vp9: frame[0] = isKeyFrame ? 0x82 : 0x86
        case .vp8, .opus: frame[0] = isKeyFrame ? frame[0] & 0xFE : frame[0] | 1
        }
        let timestamp = UInt32(sentFrames.count) &* 3600
        sender.send(
            frame.span, isKeyFrame: isKeyFrame, timestamp: timestamp, captureTime: now, into: &transport, at: now)
        sentFrames.append(frame)
        sentAt.append(now)
    }

    private mutating func pump() throws {
        transport.handleTimeout(at: now)
        transport.poll(into: &out, at: now)
        ship(toReceiver: true)
        try deliver()
        receiver.poll(into: &out, at: now)
        feedback.poll(into: &out, at: now)
        ship(toReceiver: false)
        // The server passes it on to the sender.
        if sender.pollKeyFrameRequest(at: now) {
            keyFrameWantedAt = keyFrameWantedAt ?? now + conditions.upstreamRepair
        }
        if let at = keyFrameWantedAt, at <= now {
            wantsKeyFrame = true
            keyFrameWantedAt = nil
        }
        takeFrames()
    }

    private mutating func ship(toReceiver: Bool) {
        var bytes: [UInt8] = []
        while out.pop(swapping: &bytes) != nil {
            if toReceiver { packetsSeen += 1 }
            var late = Duration.zero
            if toReceiver {
                guard let there = timeToServer(bytes) else { continue }
                late = there
            }
            if toReceiver, conditions.repeatsOnce, isRepeatedAgain(bytes) { continue }
            if toReceiver { for copy in server.relay(bytes) { ship(copy, toReceiver: true, after: late) } }
            ship(bytes, toReceiver: toReceiver, after: late)
        }
    }

    /// How much later than others a packet comes to the server; nil for one to be sent again that is not there yet.
    private mutating func timeToServer(_ bytes: [UInt8]) -> Duration? {
        guard conditions.upstreamLoss > 0, let header = try? RTPPacketView(bytes.span).header else { return .zero }
        if let original = Self.originalNumber(bytes) {
            return expected[original].map { now < $0 } == true ? nil : .zero
        }
        guard Double.random(in: 0..<1, using: &random) < conditions.upstreamLoss else { return .zero }
        expected[header.sequenceNumber.raw] = now + conditions.upstreamRepair
        return conditions.upstreamRepair
    }

    private mutating func ship(_ bytes: [UInt8], toReceiver: Bool, after late: Duration = .zero) {
        if Double.random(in: 0..<1, using: &random) < conditions.loss { return }
        let copies = Double.random(in: 0..<1, using: &random) < conditions.duplication ? 2 : 1
        for _ in 0..<copies {
            let extra = Int64.random(in: 0...conditions.reordering.inNanoseconds, using: &random)
            order += 1
            inFlight.append(
                InFlight(
                    at: now + late + conditions.delay + .nanoseconds(extra), order: order, bytes: bytes,
                    toReceiver: toReceiver))
        }
    }

    private mutating func isRepeatedAgain(_ bytes: [UInt8]) -> Bool {
        Self.originalNumber(bytes).map { !repeated.insert($0).inserted } ?? false
    }

    /// Of the packet that this one repeats.
    private static func originalNumber(_ bytes: [UInt8]) -> UInt16? {
        guard let view = try? RTPPacketView(bytes.span), view.header.payloadType == PayloadType(97) else { return nil }
        let start = view.payloadRange.lowerBound
        return UInt16(bytes[start]) << 8 | UInt16(bytes[start + 1])
    }

    private mutating func deliver() throws {
        let arrived = inFlight.filter { $0.at <= now }.sorted { ($0.at, $0.order) < ($1.at, $1.order) }
        inFlight.removeAll { $0.at <= now }
        for packet in arrived {
            var bytes = packet.bytes
            if packet.toReceiver {
                let values = try RTPPacketView(bytes.span).extensions(SenderTests.extensions)
                let ssrc = try RTPPacketView(bytes.span).header.ssrc
                if let index = CopyingServer.index(of: ssrc) {
                    receiver.handle(&bytes, copiedBy: CopyingServer.transceiver(index), at: now)
                    continue
                }
                if let number = values.transportSequenceNumber { feedback.receive(number, ssrc: SSRC(100), at: now) }
                receiver.handle(&bytes, at: now)
            } else {
                var reader = RTCPReader(bytes.span)
                while let rtcp = try reader.next() {
                    try transport.handle(rtcp, at: now)
                    try sender.handle(rtcp, into: &transport, at: now)
                    for answer in try server.answer(rtcp) { ship(answer, toReceiver: true) }
                }
            }
        }
    }

    private mutating func takeFrames() {
        var bytes: [UInt8] = []
        while let frame = receiver.poll(into: &bytes, at: now) {
            // Identify the frame by its bytes: exact, since they are random.
            guard let index = sentFrames.lastIndex(of: bytes) else {
                mismatches += 1
                continue
            }
            let offset = frame.timestamp - Int64(index) * 3600
            if timestampOffset == nil { timestampOffset = offset }
            if timestampOffset != offset { mismatches += 1 }
            received.append((index, frame.isKeyFrame, now - sentAt[index]))
            shownAt.append(now)
        }
    }

    /// How often, and for how long in all, no new picture came for more than 200 ms.
    var freezes: (count: Int, total: Duration) {
        zip(shownAt, shownAt.dropFirst()).map { $1 - $0 }.filter { $0 > .milliseconds(200) }
            .reduce((0, .zero)) { ($0.0 + 1, $0.1 + $1) }
    }

    /// Whether each frame handed out was a key frame or followed its predecessor.
    var isDecodable: Bool {
        var last: Int?
        for frame in received {
            guard frame.isKeyFrame || last == frame.index - 1 else { return false }
            guard last.map({ $0 < frame.index }) ?? true else { return false }
            last = frame.index
        }
        return true
    }
}

@Suite struct VideoPathTests {
    @Test func aCleanPathCarriesEveryFrame() throws {
        var path = VideoPath(seed: 1, conditions: .init())
        try path.run(frames: 100)
        #expect(path.received.count >= 98)
        #expect(path.mismatches == 0 && path.isDecodable)
        #expect(path.receiver.requestedPackets == 0)
        #expect(path.sender.keyFrameRequests == 0)
    }

    @Test(arguments: [Codec.vp8, .vp9])
    func retransmissionRepairsLossReorderingAndDuplication(codec: Codec) throws {
        for seed in 0..<12 as Range<UInt64> {
            var path = VideoPath(
                seed: seed,
                conditions: .init(loss: 0.05, reordering: .milliseconds(12), duplication: 0.03), codec: codec)
            try path.run(frames: 120)
            #expect(path.mismatches == 0 && path.isDecodable, "seed \(seed)")
            #expect(path.received.count >= 105, "seed \(seed): \(path.received.count) of 120")
            #expect(path.sender.retransmittedPackets > 0, "seed \(seed)")
            #expect(path.receiver.format.codec == codec)
        }
    }

    @Test func aSenderMayChangeItsCodecWithAKeyFrame() throws {
        var path = VideoPath(seed: 2, conditions: .init(loss: 0.02))
        try path.run(frames: 40)
        path.change(to: .vp9)
        try path.run(frames: 40)
        #expect(path.receiver.format.codec == .vp9)
        #expect(path.mismatches == 0 && path.isDecodable)
        // Only what was made of the old codec after the change is lost.
        #expect(path.received.count > 70, "\(path.received.count) of 80")
        #expect(path.received.contains { $0.index > 40 && $0.isKeyFrame })
    }

    @Test func withoutRetransmissionKeyFramesRepair() throws {
        for seed in 0..<6 as Range<UInt64> {
            var path = VideoPath(seed: seed, conditions: .init(loss: 0.01), retransmission: false)
            try path.run(frames: 250)
            #expect(path.mismatches == 0 && path.isDecodable, "seed \(seed)")
            #expect(path.received.count >= 60, "seed \(seed): \(path.received.count) of 250")
            #expect(path.sender.keyFrameRequests > 0, "seed \(seed)")
            // However often it is asked: ten seconds allow no more than about twenty.
            #expect(path.sender.sentKeyFrames <= 21, "seed \(seed)")
        }
    }

    /// What a repetition that is lost as well costs: with Janus only a key frame helps then.
    @Test(arguments: [0.02, 0.05])
    func lossOnTheWayFromAServerThatRepeatsOnceFreezesNothing(loss: Double) throws {
        var freezes = 0
        for seed in 0..<4 as Range<UInt64> {
            var path = VideoPath(
                seed: seed, conditions: .init(loss: loss, delay: .milliseconds(1), repeatsOnce: true))
            try path.run(frames: 500)
            #expect(path.mismatches == 0 && path.isDecodable, "seed \(seed)")
            #expect(path.received.count >= 450, "seed \(seed): \(path.received.count) of 500")
            freezes += path.freezes.count
        }
        #expect(freezes <= (loss < 0.03 ? 0 : 1), "in 80 s")
    }

    /// With every packet on its way more than once, a loss of p becomes one of p to the power of the copies, before anybody
    /// has to ask.
    @Test(arguments: [(0.05, 1), (0.1, 2)])
    func copiesMakeUpForWhatAServerDoesNotRepeat(loss: Double, copies: Int) throws {
        var (with, without) = (0, 0)
        for seed in 0..<4 as Range<UInt64> {
            var conditions = VideoPath.Conditions(loss: loss, delay: .milliseconds(1), repeatsOnce: true)
            var alone = VideoPath(seed: seed, conditions: conditions)
            try alone.run(frames: 500)
            without += alone.freezes.count
            conditions.copies = copies
            var copied = VideoPath(seed: seed, conditions: conditions)
            try copied.run(frames: 500)
            #expect(copied.mismatches == 0 && copied.isDecodable, "seed \(seed)")
            #expect(copied.received.count >= 495, "seed \(seed): \(copied.received.count) of 500")
            with += copied.freezes.count
        }
        #expect(with == 0, "in 80 s; \(without) without copies")
    }

    /// The server asks the sender for it and relays it as soon as it is there: meanwhile nobody needs a key frame.
    @Test(arguments: [60, 90, 150] as [Int64])
    func whatTheServerItselfHasToAskForIsWaitedFor(repair: Int64) throws {
        var (requests, freezes) = (UInt64(0), 0)
        for seed in 0..<4 as Range<UInt64> {
            var path = VideoPath(
                seed: seed,
                conditions: .init(
                    delay: .milliseconds(1), repeatsOnce: true, upstreamLoss: 0.01,
                    upstreamRepair: .milliseconds(repair)))
            try path.run(frames: 500)
            #expect(path.mismatches == 0 && path.isDecodable, "seed \(seed)")
            #expect(path.received.count >= 490, "seed \(seed): \(path.received.count) of 500")
            requests += path.receiver.keyFrameRequests
            freezes += path.freezes.count
        }
        // The first time it is not known how long that takes.
        #expect(requests <= 4, "in 80 s")
        #expect(freezes == 0, "in 80 s")
    }

    /// What gets lost on the way from a server that repeats a packet only once is not waited for much longer.
    @Test func lossOnBothSidesOfAServerFreezesLittle() throws {
        var (requests, freezes) = (UInt64(0), (count: 0, total: Duration.zero))
        for seed in 0..<8 as Range<UInt64> {
            var path = VideoPath(
                seed: seed,
                conditions: .init(
                    loss: 0.02, delay: .milliseconds(1), repeatsOnce: true, upstreamLoss: 0.01,
                    upstreamRepair: .milliseconds(90)))
            try path.run(frames: 500)
            #expect(path.mismatches == 0 && path.isDecodable, "seed \(seed)")
            requests += path.receiver.keyFrameRequests
            freezes.count += path.freezes.count
            freezes.total += path.freezes.total
        }
        // Without any waiting for the server it would be twice as many.
        #expect(requests <= 10, "in 160 s")
        #expect(freezes.count <= 1 && freezes.total < .milliseconds(300), "in 160 s")
    }

    @Test func goesOnAfterABlackOut() throws {
        for seed in 0..<6 as Range<UInt64> {
            var path = VideoPath(seed: seed, conditions: .init())
            try path.run(frames: 50)
            path.conditions.loss = 1
            try path.run(frames: 75)
            path.conditions.loss = 0
            let before = path.received.count
            try path.run(frames: 75)
            #expect(path.mismatches == 0 && path.isDecodable, "seed \(seed)")
            // A second at most until pictures move again.
            #expect(path.received.count - before >= 40, "seed \(seed): \(path.received.count - before)")
            #expect(path.received.suffix(10).allSatisfy { $0.delay < .milliseconds(150) }, "seed \(seed)")
        }
    }

    @Test func asksAMutedSenderForNothing() throws {
        var path = VideoPath(seed: 3, conditions: .init())
        path.receiver.requestKeyFrame(at: .zero)
        #expect(path.receiver.nextDeadline == nil)
        var out = DatagramQueue<MediaDatagram>(capacity: 4)
        path.receiver.poll(into: &out, at: .zero + .seconds(1))
        #expect(out.isEmpty)
    }

    @Test func aNewSourceBeginsANewStream() throws {
        var path = VideoPath(seed: 4, conditions: .init())
        try path.run(frames: 10)
        let before = path.receiver.stream.ssrc
        var packet: [UInt8] = []
        packet.append(
            RTPHeader(
                marker: true, payloadType: PayloadType(96), sequenceNumber: SequenceNumber(60_000), timestamp: 77,
                ssrc: SSRC(555)))
        packet += [0x10, 0x00, 1, 2]
        path.receiver.handle(&packet, at: path.now)
        var frame: [UInt8] = []
        let read = path.receiver.poll(into: &frame, at: path.now)
        #expect(before == SSRC(100) && path.receiver.stream.ssrc == SSRC(555))
        #expect(read?.isKeyFrame == true && read?.timestamp == 77)
        #expect(frame == [0, 1, 2])
    }

    private func packet(_ number: UInt16, timestamp: UInt32, ssrc: UInt32, isKeyFrame: Bool = false) -> [UInt8] {
        var packet: [UInt8] = []
        packet.append(
            RTPHeader(
                marker: true, payloadType: PayloadType(96), sequenceNumber: SequenceNumber(number),
                timestamp: timestamp, ssrc: SSRC(ssrc)))
        return packet + [0x10, isKeyFrame ? 0x00 : 0x01, 1, 2]
    }

    private func retransmission(_ original: [UInt8], number: UInt16) throws -> [UInt8] {
        var packet: [UInt8] = []
        try RTX.wrap(
            original.span, ssrc: SSRC(999), payloadType: PayloadType(97), sequenceNumber: SequenceNumber(number),
            into: &packet)
        return packet
    }

    /// After a change of source, repetitions of the old one's packets may still be on their way.
    @Test(arguments: [30_000, 60_000, 5_100] as [UInt16])
    func aForeignRetransmissionDoesNotStopTheStream(foreign: UInt16) throws {
        var path = VideoPath(seed: 5, conditions: .init())
        var frame: [UInt8] = []
        var now = Instant.zero
        var handedOut = 0
        func take(_ packet: [UInt8]) {
            var packet = packet
            path.receiver.handle(&packet, at: now)
            while path.receiver.poll(into: &frame, at: now) != nil { handedOut += 1 }
        }
        take(packet(60_000, timestamp: 2_000_000_000, ssrc: 1, isKeyFrame: true))
        now += .seconds(1)
        take(packet(5000, timestamp: 77, ssrc: 2, isKeyFrame: true))
        take(try retransmission(packet(foreign, timestamp: 2_000_000_000, ssrc: 1), number: 5))
        for number in 5001...5300 as ClosedRange<UInt16> {
            now += .milliseconds(33)
            take(packet(number, timestamp: UInt32(number - 5000) * 2970 + 77, ssrc: 2))
        }
        #expect(handedOut == 302)
        #expect(path.receiver.ignored == 1 && path.receiver.retransmittedPackets == 0)
    }

    @Test func aPacketOfTheSourceThatWasLeftDoesNotBringItBack() throws {
        var path = VideoPath(seed: 6, conditions: .init())
        var frame: [UInt8] = []
        var handedOut = 0
        func take(_ packet: [UInt8], at now: Instant) {
            var packet = packet
            path.receiver.handle(&packet, at: now)
            while path.receiver.poll(into: &frame, at: now) != nil { handedOut += 1 }
        }
        take(packet(100, timestamp: 0, ssrc: 1, isKeyFrame: true), at: .zero)
        take(packet(500, timestamp: 9, ssrc: 2, isKeyFrame: true), at: .zero + .milliseconds(40))
        take(packet(101, timestamp: 3000, ssrc: 1), at: .zero + .milliseconds(50))
        take(packet(501, timestamp: 3009, ssrc: 2), at: .zero + .milliseconds(80))
        #expect(handedOut == 3)
        #expect(path.receiver.stream.ssrc == SSRC(2))
        // Later it may come back for good.
        take(packet(200, timestamp: 30_000, ssrc: 1, isKeyFrame: true), at: .zero + .seconds(3))
        #expect(path.receiver.stream.ssrc == SSRC(1) && handedOut == 4)
    }

    @Test func hostilePacketsDoNoHarm() throws {
        for seed in 0..<4 as Range<UInt64> {
            var path = VideoPath(seed: seed, conditions: .init())
            try path.run(frames: 2)
            var random = SeededRandom(seed: seed)
            var out = DatagramQueue<MediaDatagram>(capacity: 4)
            for step in 0..<3000 {
                var packet = random.bytes(Int.random(in: 0...60, using: &random))
                if packet.count >= 12 {
                    packet[0] = 0x80 | packet[0] & 0x30
                    packet[1] = packet[1] & 0x80 | (Bool.random(using: &random) ? 96 : 97)
                    for index in 8..<12 { packet[index] = index == 11 ? UInt8.random(in: 0...1, using: &random) : 0 }
                }
                let now = path.now + .milliseconds(Int64(step))
                path.receiver.handle(&packet, at: now)
                var frame: [UInt8] = []
                _ = path.receiver.poll(into: &frame, at: now)
                path.receiver.poll(into: &out, at: now)
                while out.pop(swapping: &packet) != nil {}
                _ = path.receiver.makeReportBlock(at: now)
            }
        }
    }
}

import Base
import RTP
import Testing

@testable import WebRTC

/// A sender that follows its target over a bottleneck with a queue, and a receiver that reports in an interval of its
/// choice.
struct CongestionPath {
    var random: SeededRandom
    /// Of the bottleneck, in bits a second.
    var capacity: Int
    /// Bytes that wait before it; more are lost.
    var queueLimit = 60_000
    var loss = 0.0
    /// Of arrival, up to.
    var jitter = Duration.zero
    var delay = Duration.milliseconds(25)
    /// What the encoder makes at most, in bits a second.
    var encoderLimit = Int.max
    var deliversFeedback = true

    private(set) var now = Instant.zero
    private(set) var transport: PacedTransport
    private(set) var deliveredBytes = 0
    private(set) var longestQueue = Duration.zero
    private var sender: VideoSender
    private var feedback: TransportFeedbackGenerator
    private var out = DatagramQueue<MediaDatagram>(capacity: 64)
    private var free = Instant.zero
    private var toReceiver: [(at: Instant, number: UInt16, byteCount: Int)] = []
    private var toSender: [(at: Instant, bytes: [UInt8])] = []
    private var frameCount = 0
    private var arrivedLast = Instant.zero

    init(
        seed: UInt64, capacity: Int, start: Int = 1_200_000, maximum: Int = 2_500_000,
        reportInterval: Duration = .milliseconds(100), probes: Bool = true
    ) {
        random = SeededRandom(seed: seed)
        self.capacity = capacity
        transport = PacedTransport(
            .init(startBitrate: start, maximumBitrate: maximum, canProbe: probes),
            clock: NTPClock(nanosecondsAtOrigin: 1 << 60), at: .zero)
        sender = VideoSender(SenderTests.videoConfiguration, random: &random)
        feedback = TransportFeedbackGenerator(
            envelope: FeedbackEnvelope(localSSRC: SSRC(9), canonicalName: "r"), interval: reportInterval)
    }

    var target: Int { transport.congestion.targetBitrate }

    /// Runs, a millisecond a step, and returns the mean target of the last half.
    @discardableResult
    mutating func run(_ duration: Duration) throws -> Int {
        let steps = Int(duration.inMilliseconds)
        longestQueue = .zero
        var sum = 0
        for step in 0..<steps {
            if frameCount * 33 <= Int((now - .zero).inMilliseconds) { sendFrame() }
            now += .milliseconds(1)
            transport.handleTimeout(at: now)
            send()
            try deliver()
            if step >= steps / 2 { sum += target }
        }
        return sum / (steps - steps / 2)
    }

    private mutating func sendFrame() {
        // Copies share the target with what they repeat.
        let rate = min(target / transport.sendings, encoderLimit)
        let mean = rate / 8 * 33 / 1000
        let frame = [UInt8](repeating: 1, count: Int.random(in: mean * 7 / 10...mean * 13 / 10, using: &random))
        sender.send(
            frame.span, isKeyFrame: frameCount == 0, timestamp: UInt32(frameCount * 2970), captureTime: now,
            into: &transport,
            at: now)
        frameCount += 1
    }

    private mutating func send() {
        transport.poll(into: &out, at: now)
        while transport.wantsPadding, sender.sendPadding(into: &transport, at: now) {
            transport.poll(into: &out, at: now)
        }
        var bytes: [UInt8] = []
        while out.pop(swapping: &bytes) != nil {
            guard let view = try? RTPPacketView(bytes.span),
                let number = view.extensions(SenderTests.extensions).transportSequenceNumber
            else { continue }
            let waiting = max(free - now, .zero)
            if waiting.inSeconds * Double(capacity) / 8 > Double(queueLimit) { continue }
            if Double.random(in: 0..<1, using: &random) < loss { continue }
            longestQueue = max(longestQueue, waiting)
            free = max(free, now) + .nanoseconds(Int64(Double(bytes.count) * 8e9 / Double(capacity)))
            let extra = Duration.nanoseconds(Int64.random(in: 0...jitter.inNanoseconds, using: &random))
            // Jitter, but no reordering.
            arrivedLast = max(arrivedLast, free + delay + extra)
            toReceiver.append((arrivedLast, number, bytes.count))
        }
    }

    private mutating func deliver() throws {
        while let packet = toReceiver.first, packet.at <= now {
            toReceiver.removeFirst()
            deliveredBytes += packet.byteCount
            feedback.receive(packet.number, ssrc: SSRC(100), at: packet.at)
        }
        feedback.poll(into: &out, at: now)
        var bytes: [UInt8] = []
        while out.pop(swapping: &bytes) != nil {
            if deliversFeedback { toSender.append((now + delay, bytes)) }
        }
        while let packet = toSender.first, packet.at <= now {
            toSender.removeFirst()
            var reader = RTCPReader(packet.bytes.span)
            while let rtcp = try reader.next() { try transport.handle(rtcp, at: now) }
        }
    }

    /// Hands RTCP to the sender at once.
    mutating func handle(_ bytes: [UInt8]) throws {
        var reader = RTCPReader(bytes.span)
        while let rtcp = try reader.next() { try transport.handle(rtcp, at: now) }
    }
}

@Suite struct CongestionPathTests {
    @Test(arguments: [100, 200]) func reachesTheMaximumOnAWidePath(interval: Int) throws {
        for seed in 0..<3 as Range<UInt64> {
            var path = CongestionPath(
                seed: seed, capacity: 20_000_000, reportInterval: .milliseconds(interval))
            try path.run(.seconds(4))
            #expect(path.target >= 2_300_000, "seed \(seed): \(path.target)")
            let steady = try path.run(.seconds(10))
            #expect(steady >= 2_300_000, "seed \(seed): \(steady)")
        }
    }

    @Test(arguments: [100, 200]) func settlesBelowABottleneckWithAShortQueue(interval: Int) throws {
        for seed in 0..<3 as Range<UInt64> {
            var path = CongestionPath(
                seed: seed, capacity: 1_000_000, start: 1_200_000, reportInterval: .milliseconds(interval))
            try path.run(.seconds(10))
            let steady = try path.run(.seconds(20))
            #expect((600_000...1_000_000).contains(steady), "seed \(seed): \(steady)")
            #expect(path.longestQueue < .milliseconds(300), "seed \(seed): \(path.longestQueue)")
        }
    }

    @Test func followsACapacityThatFallsAndRises() throws {
        for seed in 0..<3 as Range<UInt64> {
            var path = CongestionPath(seed: seed, capacity: 10_000_000)
            try path.run(.seconds(5))
            path.capacity = 700_000
            try path.run(.seconds(5))
            let low = try path.run(.seconds(10))
            #expect((350_000...700_000).contains(low), "seed \(seed): \(low)")
            path.capacity = 10_000_000
            // Eight percent a second make this fourfold in eighteen seconds.
            try path.run(.seconds(20))
            #expect(path.target > 2_000_000, "seed \(seed): \(path.target)")
        }
    }

    @Test func randomLossOfTwoPercentAndJitterDoNotStarveTheStream() throws {
        for seed in 0..<3 as Range<UInt64> {
            var path = CongestionPath(seed: seed, capacity: 20_000_000)
            path.loss = 0.02
            path.jitter = .milliseconds(6)
            try path.run(.seconds(10))
            let steady = try path.run(.seconds(20))
            #expect(steady >= 1_200_000, "seed \(seed): \(steady)")
        }
    }

    @Test func heavyLossLowersTheTarget() throws {
        var path = CongestionPath(seed: 1, capacity: 20_000_000)
        try path.run(.seconds(5))
        path.loss = 0.25
        try path.run(.seconds(10))
        #expect(path.target < 800_000)
    }

    @Test func anEstimateDoesNotGrowWithoutLoad() throws {
        var path = CongestionPath(seed: 2, capacity: 20_000_000, maximum: 20_000_000, probes: false)
        path.encoderLimit = 300_000
        try path.run(.seconds(60))
        #expect(path.transport.congestion.isApplicationLimited)
        #expect(path.target <= 1_300_000)
    }

    @Test func probesFindTheCapacityWhileTheApplicationIsLimited() throws {
        for seed in 0..<3 as Range<UInt64> {
            var path = CongestionPath(seed: seed, capacity: 3_000_000, maximum: 8_000_000)
            path.encoderLimit = 300_000
            try path.run(.seconds(30))
            #expect((1_800_000...3_600_000).contains(path.target), "seed \(seed): \(path.target)")
        }
    }

    @Test func probesDoNotOverrunANarrowPath() throws {
        var path = CongestionPath(seed: 3, capacity: 900_000, start: 600_000, maximum: 8_000_000)
        try path.run(.seconds(20))
        #expect(path.target <= 1_000_000)
        #expect(path.longestQueue < .milliseconds(350))
    }

    @Test func aRembIsALimitAtOnce() throws {
        var path = CongestionPath(seed: 4, capacity: 20_000_000)
        try path.run(.seconds(5))
        var remb: [UInt8] = []
        remb.appendRTCP(REMB(senderSSRC: SSRC(9), bitrate: 512_000), sources: [SSRC(100)])
        try path.handle(remb)
        #expect(path.target == 512_000)
        try path.run(.seconds(10))
        #expect(path.target == 512_000)
        remb.removeAll()
        remb.appendRTCP(REMB(senderSSRC: SSRC(9), bitrate: 5_000_000), sources: [SSRC(100)])
        try path.handle(remb)
        try path.run(.seconds(15))
        #expect(path.target > 2_000_000)
    }

    @Test func backsOffWhenReportsStayAwayAndComesBack() throws {
        var path = CongestionPath(seed: 5, capacity: 20_000_000)
        try path.run(.seconds(5))
        path.deliversFeedback = false
        try path.run(.seconds(8))
        #expect(path.target < 900_000)
        path.deliversFeedback = true
        try path.run(.seconds(15))
        #expect(path.target > 1_800_000, "\(path.target)")
    }

    /// The first key frame is the largest picture, and everybody waits for it.
    @Test func afterADeadPathItGoesOnFromHalfOfWhatThatCarried() throws {
        var path = CongestionPath(seed: 6, capacity: 20_000_000)
        try path.run(.seconds(5))
        let before = path.target
        path.loss = 1
        path.deliversFeedback = false
        try path.run(.seconds(30))
        #expect(path.target < 200_000)
        path.loss = 0
        path.deliversFeedback = true
        try path.run(.milliseconds(400))
        #expect(path.target >= before * 2 / 5, "\(path.target) of \(before)")
    }

    /// Where it has become narrow, the next reports say so.
    @Test func aPathThatIsNarrowAfterwardsIsNotOverrunForLong() throws {
        var path = CongestionPath(seed: 7, capacity: 20_000_000)
        try path.run(.seconds(5))
        path.loss = 1
        path.deliversFeedback = false
        try path.run(.seconds(10))
        path.loss = 0
        path.deliversFeedback = true
        path.capacity = 400_000
        try path.run(.seconds(2))
        #expect(path.target < 450_000, "\(path.target)")
        try path.run(.seconds(18))
        #expect(path.target < 450_000, "\(path.target)")
    }
}

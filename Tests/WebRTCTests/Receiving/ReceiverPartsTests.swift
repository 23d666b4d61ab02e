import Base
import RTP
import Testing

@testable import WebRTC

@Suite struct ReceiverPartsTests {
    private let envelope = FeedbackEnvelope(localSSRC: SSRC(9), canonicalName: "room")

    @Test func reportBlocksTellLossSinceTheLastOne() throws {
        var statistics = ReceiveStatistics(clockRate: 90_000)
        for number in 65_530..<65_630 as Range<Int64> where number % 4 != 0 {
            statistics.receive(number, timestamp: 0, byteCount: 10, at: .zero)
        }
        let firstMade = statistics.makeReportBlock(ssrc: SSRC(1))
        let first = try #require(firstMade)
        #expect(abs(Int(first.fractionLost) - 64) <= 2)
        #expect(first.extendedHighestSequenceNumber == 65_629)
        for number in 65_630..<65_700 as Range<Int64> {
            statistics.receive(number, timestamp: 0, byteCount: 10, at: .zero)
        }
        let secondMade = statistics.makeReportBlock(ssrc: SSRC(1))
        let second = try #require(secondMade)
        #expect(second.fractionLost == 0)
        #expect(second.cumulativeLost == first.cumulativeLost)
    }

    @Test func jitterFollowsRFC3550() {
        var statistics = ReceiveStatistics(clockRate: 48_000)
        // Every second packet is 10 ms late: each difference is 480 ticks, so the mean goes there.
        for index in 0..<200 as Range<Int64> {
            let late: Int64 = index % 2 == 0 ? 0 : 10_000_000
            statistics.receive(
                index, timestamp: UInt32(truncatingIfNeeded: 4_294_960_000 + index * 960), byteCount: 10,
                at: Instant(nanoseconds: index * 20_000_000 + late))
        }
        #expect(abs(statistics.jitter - 480) < 2)
    }

    @Test func asksAgainByRoundTripAndGivesUpAfterTen() {
        var nacks = NackGenerator()
        var now = Instant.zero
        nacks.receive(10, at: now)
        nacks.receive(13, at: now)
        var lost: [SequenceNumber] = []
        nacks.poll(into: &lost, roundTrip: .milliseconds(80), at: now)
        #expect(lost.isEmpty)
        var rounds = 0
        while let deadline = nacks.nextDeadline {
            now = deadline
            lost.removeAll()
            nacks.poll(into: &lost, roundTrip: .milliseconds(80), at: now)
            if !lost.isEmpty {
                rounds += 1
                #expect(lost == [SequenceNumber(11), SequenceNumber(12)])
            }
        }
        #expect(rounds == 10)
        #expect(now - .zero == .milliseconds(2 + 10 * 85))
        let gaveUp = nacks.takeKeyFrameNeed()
        #expect(gaveUp)
    }

    /// A server that has to get it from the sender first has it only after a while.
    @Test func goesOnAskingForATimeHoweverNearTheServerIs() {
        var nacks = NackGenerator()
        nacks.receive(10, at: .zero)
        nacks.receive(12, at: .zero)
        var lost: [SequenceNumber] = []
        var asked: [Instant] = []
        while let deadline = nacks.nextDeadline {
            lost.removeAll()
            nacks.poll(into: &lost, roundTrip: .milliseconds(1), at: deadline)
            if !lost.isEmpty { asked.append(deadline) }
        }
        #expect(asked.count == 10)
        #expect(asked.prefix(4).map { $0 - .zero } == [2, 12, 22, 32].map { .milliseconds($0) })
        #expect((asked.last ?? .zero) - .zero > .milliseconds(300))
    }

    /// What an outage has cost is old, and to repeat it would hold up what is new.
    @Test func afterAnOutageAKeyFrameIsAskedForInstead() {
        for (gap, seconds) in [(100, 0.9), (20, 3)] as [(Int64, Double)] {
            var nacks = NackGenerator()
            nacks.receive(10, at: .zero)
            nacks.receive(11 + gap, at: .zero + .seconds(seconds))
            #expect(nacks.missingCount == Int(gap))
        }
        var nacks = NackGenerator()
        nacks.receive(10, at: .zero)
        nacks.receive(111, at: .zero + .seconds(1.1))
        let need = nacks.takeKeyFrameNeed()
        #expect(need && nacks.missingCount == 0)
        nacks.receive(113, at: .zero + .seconds(1.1))
        #expect(nacks.missingCount == 1, "what is lost afterwards is")
    }

    @Test func isBoundedAndAsksForAKeyFrameInstead() {
        var nacks = NackGenerator()
        for number in stride(from: Int64(0), to: 10_000, by: 2) {
            nacks.receive(number, at: .zero)
            #expect(nacks.missingCount <= NackGenerator.capacity)
        }
        let need = nacks.takeKeyFrameNeed()
        #expect(need)
        nacks.discard(before: 100_000)
        #expect(nacks.missingCount == 0)
    }

    @Test func whatComesLateIsNotAskedFor() {
        var nacks = NackGenerator()
        nacks.receive(1, at: .zero)
        nacks.receive(3, at: .zero)
        nacks.receive(2, at: .zero + .milliseconds(1))
        #expect(nacks.nextDeadline == nil)
    }

    private func audioPacket(_ number: UInt16, timestamp: UInt32, ssrc: UInt32 = 5) -> [UInt8] {
        var packet: [UInt8] = []
        packet.append(
            RTPHeader(
                payloadType: PayloadType(111), sequenceNumber: SequenceNumber(number), timestamp: timestamp,
                ssrc: SSRC(ssrc)),
            extensions: RTPExtensionValues(audioLevel: AudioLevel(isVoice: true, minusDecibels: 30)),
            map: RTPExtensionMap(audioLevel: 1))
        return packet + [UInt8(truncatingIfNeeded: number), 0xAA]
    }

    @Test func missingSoundIsAskedForAndARepairIsCalledOne() throws {
        var receiver = AudioReceiver(
            ReceiverConfiguration(
                .init(codec: .opus, payloadType: PayloadType(111), feedback: [.nack]), clockRate: 48_000,
                envelope: envelope))
        receiver.roundTrip = .milliseconds(2)
        func take(_ number: UInt16, at milliseconds: Int64) {
            var packet = audioPacket(number, timestamp: UInt32(number) &* 960)
            receiver.handle(&packet, at: .zero + .milliseconds(milliseconds))
        }
        take(1, at: 0)
        take(3, at: 40)
        var out = DatagramQueue<MediaDatagram>(capacity: 8)
        receiver.poll(into: &out, at: .zero + .milliseconds(41))
        #expect(out.isEmpty, "it may only have been overtaken")
        var asked: [Instant] = []
        while let due = receiver.nextDeadline {
            receiver.poll(into: &out, at: due)
            var bytes: [UInt8] = []
            guard out.pop(swapping: &bytes) != nil else { continue }
            asked.append(due)
            var lost: [SequenceNumber] = []
            var reader = RTCPReader(bytes.span)
            while let packet = try reader.next() {
                if packet.kind == .nack { try packet.forEachLostSequenceNumber { lost.append($0) } }
            }
            #expect(lost == [SequenceNumber(2)])
            if asked.count == 2 { break }
        }
        #expect(asked == [.zero + .milliseconds(42), .zero + .milliseconds(52)])
        take(2, at: 54)
        take(2, at: 55)
        #expect(receiver.nextDeadline == nil)
        var payload: [UInt8] = []
        var repairs: [Bool] = []
        while let packet = receiver.poll(into: &payload) { repairs.append(packet.isRepair) }
        #expect(repairs == [false, false, true])
        #expect(receiver.stream.statistics.cumulativeLost == 1, "a repair does not make the way look better")
    }

    @Test func soundIsNotAskedForWithoutEnd() {
        var receiver = AudioReceiver(
            ReceiverConfiguration(
                .init(codec: .opus, payloadType: PayloadType(111), feedback: [.nack]), clockRate: 48_000,
                envelope: envelope))
        for number in [1, 5] as [UInt16] {
            var packet = audioPacket(number, timestamp: UInt32(number) &* 960)
            receiver.handle(&packet, at: .zero)
        }
        var out = DatagramQueue<MediaDatagram>(capacity: 8)
        var messages = 0
        while let due = receiver.nextDeadline, messages < 10 {
            receiver.poll(into: &out, at: due)
            var bytes: [UInt8] = []
            while out.pop(swapping: &bytes) != nil { messages += 1 }
        }
        #expect(messages == 3)
    }

    @Test func aPathThatWasDeadIsNoticedByItsFirstSign() {
        var pulse = PathPulse()
        var now = Instant.zero
        func beat(after milliseconds: Int64) -> Bool {
            now += .milliseconds(milliseconds)
            return pulse.beat(at: now)
        }
        let usual = (0..<20).map { _ in beat(after: 200) }
        #expect(!usual.contains(true))
        let (dead, alive) = (beat(after: 700), beat(after: 200))
        #expect(dead && !alive)
        // Who reports once a second is not dead in between.
        var slow = PathPulse()
        var alarms = 0
        for second in 0..<60 as Range<Int64> {
            if slow.beat(at: .zero + .milliseconds(second * 1000 + (second % 3) * 300)) { alarms += 1 }
        }
        #expect(alarms <= 1)
    }

    @Test func reportsFollowASendersFirstOneInAHurry() throws {
        var reports = ReportComposer(envelope: envelope, random: SeededRandom(seed: 1), at: .zero)
        var now = reports.nextDeadline
        _ = reports.takeDue(at: now)
        reports.hasten(at: now)
        var instants: [Duration] = []
        for _ in 0..<4 {
            instants.append(reports.nextDeadline - now)
            now = reports.nextDeadline
            let isDue = reports.takeDue(at: now)
            #expect(isDue)
        }
        #expect(instants == [.zero, .milliseconds(50), .milliseconds(50), .milliseconds(50)])
        #expect(reports.nextDeadline - now >= .milliseconds(500))
        // Each block alone, so that a server that reads only the first of a packet reads them all.
        let block = ReportBlock(
            ssrc: SSRC(1), fractionLost: 0, cumulativeLost: 0, extendedHighestSequenceNumber: 1, jitter: 0)
        var out = DatagramQueue<MediaDatagram>(capacity: 8)
        reports.compose([], blocks: [block, block, block], into: &out)
        var bytes: [UInt8] = []
        var datagrams = 0
        while out.pop(swapping: &bytes) != nil {
            datagrams += 1
            var reader = RTCPReader(bytes.span)
            let packet = try reader.next()
            #expect(packet?.reportBlockCount == 1)
        }
        #expect(datagrams == 3)
    }

    @Test func audioComesThroughOnceInWhateverOrder() throws {
        var receiver = AudioReceiver(
            ReceiverConfiguration(
                .init(codec: .opus, payloadType: PayloadType(111)), clockRate: 48_000,
                extensions: RTPExtensionMap(audioLevel: 1),
                envelope: envelope))
        for number in [65_535, 1, 0, 1, 65_535, 2] as [UInt16] {
            var packet = audioPacket(number, timestamp: UInt32(number &+ 1) &* 960)
            receiver.handle(&packet, at: .zero)
        }
        var numbers: [Int64] = []
        var payload: [UInt8] = []
        while let packet = receiver.poll(into: &payload) {
            numbers.append(packet.number)
            #expect(payload == [UInt8(truncatingIfNeeded: packet.number), 0xAA])
            #expect(packet.level == AudioLevel(isVoice: true, minusDecibels: 30))
        }
        #expect(numbers == [65_535, 65_537, 65_536, 65_538])
        #expect(receiver.duplicates == 2)
        var other = audioPacket(7, timestamp: 0, ssrc: 6)
        receiver.handle(&other, at: .zero)
        let restarted = receiver.poll(into: &payload)
        #expect(restarted?.isRestart == true && restarted?.number == 7)
    }

    @Test func aLatePacketOfTheOldSourceDoesNotRestartTheSound() throws {
        var receiver = AudioReceiver(
            ReceiverConfiguration(
                .init(codec: .opus, payloadType: PayloadType(111)), clockRate: 48_000,
                extensions: RTPExtensionMap(audioLevel: 1),
                envelope: envelope))
        let order: [(number: UInt16, ssrc: UInt32)] = [(1, 5), (2, 5), (700, 6), (3, 5), (701, 6), (702, 6)]
        for (step, item) in order.enumerated() {
            var packet = audioPacket(item.number, timestamp: UInt32(item.number) * 960, ssrc: item.ssrc)
            receiver.handle(&packet, at: .zero + .milliseconds(20 * step))
        }
        var payload: [UInt8] = []
        var seen: [Int64] = []
        var restarts = 0
        while let packet = receiver.poll(into: &payload) {
            seen.append(packet.number)
            if packet.isRestart { restarts += 1 }
        }
        #expect(seen == [1, 2, 700, 701, 702])
        #expect(restarts == 1 && receiver.ignored == 1)
    }

    @Test func lipSyncComesFromSenderReports() throws {
        var stream = IncomingStream(clockRate: 48_000)
        _ = stream.follow(SSRC(5), at: .zero)
        #expect(stream.captureTime(of: 960) == nil)
        let clock = NTPClock(UTCTime(seconds: 1_700_000_000), at: .zero)
        var report: [UInt8] = []
        report.appendRTCP(
            SenderReport(
                ssrc: SSRC(5), ntpTime: clock.time(at: .zero + .seconds(1)), rtpTimestamp: 100, packetCount: 1,
                octetCount: 1))
        var reader = RTCPReader(report.span)
        while let packet = try reader.next() { try stream.handle(packet, at: .zero + .seconds(2)) }
        // Half a second before the report, across the wrap of the timestamp.
        let wrapped = Int64(UInt32(100) &- 24_000)
        #expect(stream.captureTime(of: wrapped) == clock.time(at: .zero + .milliseconds(500)).nanoseconds)
        stream.count(1, timestamp: 0, byteCount: 1, at: .zero + .seconds(2))
        let blockMade = stream.makeReportBlock(roundTrip: .seconds(1), at: .zero + .seconds(3))
        let block = try #require(blockMade)
        #expect(block.lastSenderReport == clock.time(at: .zero + .seconds(1)).compact)
        #expect(block.delaySinceLastSenderReport == 65_536)
    }

    @Test func transportFeedbackTellsEveryArrivalAndLoss() throws {
        for seed in 0..<20 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var generator = TransportFeedbackGenerator(envelope: envelope)
            var out = DatagramQueue<MediaDatagram>(capacity: 64)
            var fates: [UInt16: Bool] = [:]
            var now = Instant.zero
            var number = UInt16(65_000)
            var lost: Set<UInt16> = []
            var bytes: [UInt8] = []
            for _ in 0..<2000 {
                now += .microseconds(Int64.random(in: 100...6000, using: &random))
                number &+= 1
                if Int.random(in: 0..<10, using: &random) == 0 {
                    lost.insert(number)
                } else {
                    generator.receive(number, ssrc: SSRC(1), at: now)
                }
                generator.poll(into: &out, at: now)
                while out.pop(swapping: &bytes) != nil {
                    var reader = RTCPReader(bytes.span)
                    var feedback = TransportFeedback()
                    while let packet = try reader.next() { try feedback.read(packet) }
                    for (index, status) in feedback.statuses.enumerated() {
                        fates[feedback.baseSequenceNumber.raw &+ UInt16(index)] = status != .lost
                    }
                }
            }
            for (number, wasReceived) in fates {
                #expect(wasReceived == !lost.contains(number), "seed \(seed), number \(number)")
            }
            #expect(fates.count > 1900, "seed \(seed)")
        }
    }

    @Test func rembFollowsTheBottleneck() throws {
        var estimator = ReceiveSideEstimator(envelope: envelope, start: 3_000_000)
        var out = DatagramQueue<MediaDatagram>(capacity: 8)
        // 2 Mb/s over a path of 1 Mb/s: each packet of 1000 bytes takes 8 ms there.
        var sent = Instant.zero
        var free = Instant.zero
        var bytes: [UInt8] = []
        var last: UInt64 = 0
        for _ in 0..<1000 {
            sent += .milliseconds(4)
            free = max(free, sent) + .milliseconds(8)
            estimator.receive(AbsoluteSendTime(sent), ssrc: SSRC(1), byteCount: 1000, at: free)
            estimator.poll(into: &out, at: free)
            while out.pop(swapping: &bytes) != nil {
                var reader = RTCPReader(bytes.span)
                while let packet = try reader.next() { last = try packet.remb().bitrate }
            }
        }
        #expect((500_000...1_100_000).contains(last))
    }

    /// The send time has 64 s only: after a long pause nobody can tell how often it has wrapped.
    @Test(arguments: [20, 40, 60, 100]) func rembFollowsTheBottleneckAfterAPause(seconds: Int) throws {
        var estimator = ReceiveSideEstimator(envelope: envelope, start: 3_000_000)
        var out = DatagramQueue<MediaDatagram>(capacity: 8)
        var bytes: [UInt8] = []
        var sent = Instant.zero
        var free = Instant.zero
        for phase in 0..<2 {
            // First a wide path, then, after the pause, one of 1 Mb/s.
            let service: Duration = phase == 0 ? .milliseconds(1) : .milliseconds(8)
            for _ in 0..<1000 {
                sent += .milliseconds(4)
                free = max(free, sent) + service
                estimator.receive(AbsoluteSendTime(sent), ssrc: SSRC(1), byteCount: 1000, at: free)
                estimator.poll(into: &out, at: free)
                while out.pop(swapping: &bytes) != nil {}
            }
            if phase == 0 { sent += .seconds(Int64(seconds)) }
        }
        #expect((500_000...1_100_000).contains(estimator.estimate), "\(estimator.estimate)")
    }

    @Test func reportsAreDueAboutOnceASecond() {
        var composer = ReportComposer(envelope: envelope, random: SeededRandom(seed: 1), at: .zero)
        var times: [Instant] = []
        while times.count < 200 {
            let due = composer.nextDeadline
            let isDue = composer.takeDue(at: due)
            #expect(isDue)
            times.append(due)
        }
        let mean = (times[199] - times[0]).inSeconds / 199
        #expect((0.9...1.1).contains(mean))
    }

    @Test func manyBlocksAreSpreadOverPackets() throws {
        var composer = ReportComposer(envelope: envelope, random: SeededRandom(seed: 1), at: .zero)
        let blocks = (0..<70).map {
            ReportBlock(
                ssrc: SSRC(UInt32($0)), fractionLost: 0, cumulativeLost: 0, extendedHighestSequenceNumber: 0, jitter: 0)
        }
        let report = SenderReport(
            ssrc: SSRC(1000), ntpTime: NTPTime(raw: 1), rtpTimestamp: 0, packetCount: 0, octetCount: 0)
        var out = DatagramQueue<MediaDatagram>(capacity: 8)
        composer.compose([report, report], blocks: blocks, into: &out)
        var seen: [UInt32] = []
        var names = 0
        var bytes: [UInt8] = []
        while out.pop(swapping: &bytes) != nil {
            #expect(bytes.count < 1200)
            var reader = RTCPReader(bytes.span)
            while let packet = try reader.next() {
                for index in 0..<packet.reportBlockCount { seen.append(packet.reportBlock(index).ssrc.rawValue) }
                if packet.kind == .sourceDescription { names += 1 }
            }
        }
        #expect(seen == Array(0..<70))
        #expect(names == 4)
    }

    @Test func feedbackStandsBehindAReportWithoutReducedSize() {
        var bytes: [UInt8] = []
        FeedbackEnvelope(localSSRC: SSRC(9), canonicalName: "room", allowsReducedSize: false).begin(&bytes)
        #expect(bytes[1] == 201)
        #expect(bytes[9] == 202)
    }
}

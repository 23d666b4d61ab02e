import Base
import RTP
import Testing

@Suite struct TransportFeedbackTests {
    /// Reads the only packet of `bytes`.
    private func read(_ bytes: [UInt8]) throws -> TransportFeedback {
        var reader = RTCPReader(bytes.span)
        var feedback = TransportFeedback()
        while let packet = try reader.next() { try feedback.read(packet) }
        return feedback
    }

    @Test func readsARunATwoBitVectorAndNegativeDeltas() throws {
        // Run of five small deltas; then lost and large; padded by one byte as libwebrtc does.
        let feedback = try read([
            0xAF, 205, 0, 7, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0, 7, 0xFF, 0xFF, 0xFF, 3, 0x20, 0x05, 0xC8, 0x00,
            1, 2, 3, 4, 5, 0xFF, 0xFF, 1,
        ])
        #expect(feedback.baseSequenceNumber == SequenceNumber(1))
        #expect(feedback.feedbackCount == 3)
        #expect(feedback.referenceTime == -1)
        let small = (1...5).map { TransportFeedback.Status.received(delta: $0) }
        #expect(feedback.statuses == small + [.lost, .received(delta: -1)])
    }

    @Test func survivesTheWireWithAnyPatternOfLossAndDelay() throws {
        for seed in 0..<300 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            let lossPercent = Int.random(in: 0...95, using: &random)
            let jumpPercent = Int.random(in: 0...60, using: &random)
            var feedback = TransportFeedback()
            var arrival = Instant(nanoseconds: Int64.random(in: 0...(1 << 60), using: &random))
            let first = UInt16.random(in: 0...65_535, using: &random)
            feedback.begin(at: SequenceNumber(first), arrival: arrival)
            feedback.feedbackCount = UInt8(seed & 255)
            var arrivals: [UInt16: Instant] = [:]
            for index in 0..<UInt16.random(in: 1...390, using: &random) {
                if index > 0, Int.random(in: 0..<100, using: &random) < lossPercent { continue }
                let jump = Int.random(in: 0..<100, using: &random) < jumpPercent
                arrival += .microseconds(Int64.random(in: jump ? -300_000...900_000 : 0...20_000, using: &random))
                let fits = feedback.add(SequenceNumber(first &+ index), arrival: arrival)
                #expect(fits, "seed \(seed)")
                arrivals[first &+ index] = arrival
            }
            var bytes: [UInt8] = []
            bytes.appendRTCP(feedback)
            let back = try read(bytes)
            #expect(back.statuses == feedback.statuses, "seed \(seed)")
            #expect(back.referenceTime == feedback.referenceTime, "seed \(seed)")
            // The differences between arrivals must come out right to a tick.
            var clock = Int64(back.referenceTime) * 64_000_000
            var offset: Int64?
            for (index, status) in back.statuses.enumerated() {
                guard case .received(let delta) = status else { continue }
                clock += Int64(delta) * 250_000
                let real = try #require(arrivals[first &+ UInt16(index)], "seed \(seed)").nanoseconds
                let difference = real - clock
                #expect(abs(difference - (offset ?? difference)) <= 250_000, "seed \(seed)")
                offset = offset ?? difference
            }
        }
    }

    @Test func choosesRunsAndVectorsThatKeepItShort() throws {
        var feedback = TransportFeedback()
        feedback.begin(at: SequenceNumber(10), arrival: .zero)
        for index in 0..<UInt16(100) {
            _ = feedback.add(SequenceNumber(10 + index), arrival: Instant(nanoseconds: Int64(index) * 1_000_000))
        }
        var bytes: [UInt8] = []
        bytes.appendRTCP(feedback)
        // Header 20, one run-length chunk, 100 small deltas, padded to a word.
        #expect(bytes.count == 124)
    }

    @Test func refusesWhatDoesNotFitOnePacket() {
        var feedback = TransportFeedback()
        feedback.begin(at: SequenceNumber(0), arrival: .zero)
        let fits = [
            feedback.add(SequenceNumber(0), arrival: .zero),
            feedback.add(SequenceNumber(0), arrival: .zero),
            feedback.add(SequenceNumber(1), arrival: Instant(nanoseconds: 9_000_000_000)),
            feedback.add(SequenceNumber(5000), arrival: .zero),
        ]
        #expect(fits == [true, false, false, false])
        #expect(feedback.statuses.count == 1)
    }

    @Test func refusesReservedSymbolsAndEmptyRuns() {
        let head: [UInt8] = [0x8F, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0, 2, 0, 0, 1, 0]
        #expect(throws: RTPError.malformed(.transportFeedback)) { try read(head + [0x60, 2, 0, 0]) }
        #expect(throws: RTPError.malformed(.transportFeedback)) { try read(head + [0x20, 0, 0, 0]) }
        // Two large deltas want four bytes behind the chunk; two are there.
        #expect(throws: RTPError.truncated(needed: 22, available: 20)) { try read(head + [0x40, 2, 0, 0]) }
    }
}

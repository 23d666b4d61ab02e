import Codecs
import Glibc
import Testing

@Suite struct OpusTests {
    /// A voice-like sound: a buzz of 150 Hz with falling harmonics whose loudness swells.
    private func speech(_ packets: Int) -> [Float] {
        (0..<packets * OpusEncoder.frameSize).map { index in
            let time = Double(index) / 48_000
            let swell = 0.5 + 0.5 * sin(2 * .pi * 3 * time)
            let buzz = (1...12).reduce(0.0) { $0 + sin(2 * .pi * 150 * Double($1) * time) / Double($1) }
            return Float(0.2 * swell * buzz)
        }
    }

    private func energy(_ samples: some Sequence<Float>) -> Double {
        samples.reduce(0.0) { $0 + Double($1) * Double($1) }
    }

    private func encode(_ samples: [Float], loss: Int = 20) throws -> (packets: [[UInt8]], lookahead: Int) {
        var encoder = try OpusEncoder(packetLoss: loss)
        var packets: [[UInt8]] = []
        for start in stride(from: 0, to: samples.count, by: OpusEncoder.frameSize) {
            var packet: [UInt8] = []
            try encoder.encode(Array(samples[start..<start + OpusEncoder.frameSize]), appendingTo: &packet)
            packets.append(packet)
        }
        return (packets, encoder.lookahead)
    }

    private func decode(_ packet: [UInt8], with decoder: inout OpusDecoder) throws -> [Float] {
        var samples = [Float](repeating: 0, count: OpusDecoder.maximumFrameSize)
        let count = try samples.withUnsafeMutableBufferPointer { output in
            try packet.withUnsafeBufferPointer { try decoder.decode($0, into: output) }
        }
        return Array(samples[..<count])
    }

    @Test func whatIsDecodedResemblesWhatWentIn() throws {
        let sound = speech(25)
        let (packets, lookahead) = try encode(sound)
        var decoder = try OpusDecoder()
        var heard: [Float] = []
        for packet in packets {
            #expect(packet.withUnsafeBufferPointer { OpusDecoder.sampleCount(of: $0) } == 960)
            heard += try decode(packet, with: &decoder)
        }
        #expect(heard.count == sound.count)
        // Correlation near the codec's own delay, after it has settled. VOIP's high-pass turns the phase of
        // the lowest partials, so that 0.9 is all there is at any bit rate.
        let range = 4800..<sound.count - lookahead - 48
        let best = (lookahead - 48..<lookahead + 48).map { delay in
            var product = 0.0
            for index in stride(from: range.lowerBound, to: range.upperBound, by: 3) {
                product += Double(sound[index]) * Double(heard[index + delay])
            }
            return 3 * product / (energy(sound[range]) * energy(heard[range])).squareRoot()
        }.max()
        #expect(try #require(best) > 0.85)
    }

    @Test func theBitRateIsMet() throws {
        let (packets, _) = try encode(speech(100))
        let bitrate = packets.map(\.count).reduce(0, +) * 8 / 2
        #expect(bitrate > 20_000 && bitrate < 46_000, "\(bitrate) bit/s")
    }

    @Test func silenceIsSentAsPacketsToo() throws {
        let (packets, _) = try encode([Float](repeating: 0, count: 50 * OpusEncoder.frameSize))
        #expect(packets.allSatisfy { $0.count > 2 })
    }

    @Test func aLostPacketComesBackThroughTheNextOne() throws {
        let sound = speech(22)
        let (packets, _) = try encode(sound)
        var whole = try OpusDecoder()
        var lossy = try OpusDecoder()
        var original: [Float] = []
        var repaired = [Float](repeating: 0, count: 960)
        for (number, packet) in packets.enumerated() where number <= 20 {
            let samples = try decode(packet, with: &whole)
            if number == 20 { original = samples }
            if number < 20 { _ = try decode(packet, with: &lossy) }
        }
        try repaired.withUnsafeMutableBufferPointer { output in
            try packets[21].withUnsafeBufferPointer { try lossy.decodeLost(before: $0, into: output) }
        }
        let ratio = energy(repaired) / energy(original)
        #expect(ratio > 0.25 && ratio < 4, "energy ratio \(ratio)")
        var product = 0.0
        for index in 0..<960 { product += Double(original[index]) * Double(repaired[index]) }
        #expect(product / (energy(original) * energy(repaired)).squareRoot() > 0.6)
    }

    @Test func concealmentFillsBlocksAndFadesAway() throws {
        let (packets, _) = try encode(speech(10))
        var decoder = try OpusDecoder()
        var last: [Float] = []
        for packet in packets { last = try decode(packet, with: &decoder) }
        var block = [Float](repeating: 0, count: 480)
        try block.withUnsafeMutableBufferPointer { try decoder.conceal(into: $0) }
        #expect(energy(block) > energy(last) / 100)
        for _ in 0..<100 { try block.withUnsafeMutableBufferPointer { try decoder.conceal(into: $0) } }
        #expect(energy(block) < energy(last) / 1000)
    }

    @Test func damageIsAnErrorAndTheNextPacketIsHeard() throws {
        let (packets, _) = try encode(speech(4))
        var decoder = try OpusDecoder()
        _ = try decode(packets[0], with: &decoder)
        // Code 3 with a frame count of 63: more than 120 ms (RFC 6716 §3.2.5).
        #expect(throws: CodecError.self) { try decode([0xFF, 0x3F, 0, 0], with: &decoder) }
        #expect(throws: CodecError.damaged(why: "an Opus packet has at least one byte (RFC 6716 §3.1)")) {
            try decode([], with: &decoder)
        }
        #expect(try decode(packets[1], with: &decoder).count == 960)
    }

    @Test func settingsAreChangedWhileItRuns() throws {
        var encoder = try OpusEncoder()
        let samples = speech(1)
        try encoder.setBitrate(16_000)
        try encoder.setComplexity(5)
        try encoder.setPacketLoss(percent: 0)
        var packet: [UInt8] = []
        for _ in 0..<10 {
            packet = []
            try encoder.encode(samples, appendingTo: &packet)
        }
        #expect(packet.count < 80)
        let failure = #expect(throws: CodecError.self) { _ = try OpusEncoder(complexity: 11) }
        #expect(failure?.description.contains("complexity 11") == true)
    }
}

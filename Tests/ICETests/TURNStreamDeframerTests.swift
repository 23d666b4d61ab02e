import Base
import Testing

@testable import ICE

@Suite struct TURNStreamDeframerTests {
    private static func messages() -> [[UInt8]] {
        var result: [[UInt8]] = []
        for count in 0...6 {
            result.append(
                VirtualTURNServer.wrap(
                    [UInt8](repeating: UInt8(count), count: count), from: TURNBench.peer, channel: 0x4000))
            result.append(
                VirtualTURNServer.wrap(
                    [UInt8](repeating: UInt8(count), count: count), from: TURNBench.peer, channel: nil))
        }
        return result
    }

    private static func padded(_ message: [UInt8]) -> [UInt8] {
        message + [UInt8](repeating: 0xEE, count: (4 - message.count % 4) % 4)
    }

    @Test func findsTheMessagesHoweverTheStreamIsCut() throws {
        let messages = Self.messages()
        let stream = messages.flatMap(Self.padded)
        for seed in 0..<50 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var deframer = TURNStreamDeframer()
            var found: [[UInt8]] = []
            var message: [UInt8] = []
            var start = 0
            while start < stream.count {
                let end = min(stream.count, start + 1 + Int(random.next() % 40))
                try deframer.append(stream[start..<end].span)
                start = end
                while try deframer.next(into: &message) { found.append(message) }
            }
            #expect(found == messages, "seed \(seed)")
            #expect(deframer.buffered == 0, "seed \(seed)")
        }
    }

    @Test func whatIsWrappedForAStreamIsPadded() throws {
        var bytes: [UInt8] = [1, 2, 3]
        TURNFraming.wrap(&bytes, channel: 0x4001, isPadded: true)
        #expect(bytes == [0x40, 1, 0, 3, 1, 2, 3, 0])
        var deframer = TURNStreamDeframer()
        try deframer.append(bytes.span)
        var message: [UInt8] = []
        let isWhole = try deframer.next(into: &message)
        #expect(isWhole && message == [0x40, 1, 0, 3, 1, 2, 3])
    }

    @Test(arguments: [
        [0x80, 0, 0, 0], [0x50, 0, 0, 0], [0, 1, 0, 3, 0x21, 0x12, 0xA4, 0x42], [0, 1, 0, 0, 1, 2, 3, 4],
        [0x16, 3, 1, 2, 0, 1, 0, 1],
    ])
    func whatIsNeitherKindEndsTheStream(bytes: [UInt8]) throws {
        var deframer = TURNStreamDeframer()
        try deframer.append(bytes.span)
        var message: [UInt8] = []
        #expect(throws: ICEError.self) { try deframer.next(into: &message) }
    }

    @Test func whatWaitsIsBounded() throws {
        var deframer = TURNStreamDeframer()
        let chunk = [0x40, 0, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 60000)
        try deframer.append(chunk.span)
        try deframer.append(chunk.span)
        #expect(throws: ICEError.self) { try deframer.append(chunk.span) }
        #expect(deframer.buffered <= TURNStreamDeframer.maximumBuffered)
    }

    @Test func randomBytesNeverTrap() {
        for seed in 0..<300 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var deframer = TURNStreamDeframer()
            var message: [UInt8] = []
            for _ in 0..<20 {
                var bytes = random.bytes(Int(random.next() % 64))
                if random.next() & 1 == 0, !bytes.isEmpty { bytes[0] = 0x40 }
                guard (try? deframer.append(bytes.span)) != nil else { break }
                var isBroken = false
                while !isBroken {
                    do { if try !deframer.next(into: &message) { break } } catch { isBroken = true }
                }
                if isBroken { break }
            }
        }
    }
}

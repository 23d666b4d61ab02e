import Base
import Testing

@testable import WebRTC

@Suite struct FrameAssemblerTests {
    /// Frames of `packets` each, numbered from `first`; every `keyInterval`-th is a key frame. The bytes tell frame and
    /// packet.
    private func stream(
        frames: Int, packets: Int, keyInterval: Int, first: Int64 = 0
    ) -> [(piece: FrameAssembler.Piece, bytes: [UInt8])] {
        (0..<frames * packets).map { index in
            let frame = index / packets
            let part = index % packets
            return (
                FrameAssembler.Piece(
                    number: first + Int64(index), timestamp: Int64(frame) * 3000, isLast: part == packets - 1,
                    startsFrame: part == 0, isKeyFrame: part == 0 && frame % keyInterval == 0, payload: 1..<3,
                    arrival: Instant(nanoseconds: Int64(index))),
                [0xFF, UInt8(truncatingIfNeeded: frame), UInt8(part)]
            )
        }
    }

    private func put(
        _ packet: (piece: FrameAssembler.Piece, bytes: [UInt8]), into assembler: inout FrameAssembler
    ) -> FrameAssembler.Outcome {
        var bytes = packet.bytes
        return assembler.insert(packet.piece, packet: &bytes)
    }

    private func frames(_ assembler: inout FrameAssembler) -> [Int64] {
        var result: [Int64] = []
        var bytes: [UInt8] = []
        while let frame = assembler.poll(into: &bytes) {
            result.append(frame.timestamp / 3000)
            let expected = (0..<frame.packetCount).flatMap {
                [UInt8(truncatingIfNeeded: frame.timestamp / 3000), UInt8($0)]
            }
            #expect(bytes == expected)
        }
        return result
    }

    @Test func handsOutFramesInOrderHoweverTheirPacketsCome() {
        for seed in 0..<100 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var packets = stream(frames: 30, packets: 4, keyInterval: 100, first: 65_500)
            // Each packet strays by up to eight places, but the first stays first.
            let keys = packets.indices.map { $0 == 0 ? -1 : $0 + Int.random(in: 0...8, using: &random) }
            packets = zip(keys, packets).sorted { $0.0 < $1.0 }.map(\.1)
            var assembler = FrameAssembler(capacity: 64)
            var seen: [Int64] = []
            for packet in packets {
                _ = put(packet, into: &assembler)
                if Int.random(in: 0...3, using: &random) == 0 { _ = put(packet, into: &assembler) }
                seen += frames(&assembler)
            }
            #expect(seen == Array(0..<30), "seed \(seed)")
        }
    }

    @Test func waitsForAKeyFrameFirst() {
        var assembler = FrameAssembler(capacity: 64)
        var seen: [Int64] = []
        for packet in stream(frames: 12, packets: 2, keyInterval: 5).dropFirst(2) {
            _ = put(packet, into: &assembler)
            seen += frames(&assembler)
        }
        #expect(seen == Array(5..<12))
    }

    @Test func skipsToTheNextKeyFrameOverAGapAndNeverHandsOutWhatNeedsIt() {
        for seed in 0..<100 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var assembler = FrameAssembler(capacity: 128)
            var seen: [Int64] = []
            var lostFrames: Set<Int64> = []
            for packet in stream(frames: 60, packets: 3, keyInterval: 10) {
                if Int.random(in: 0..<40, using: &random) == 0 {
                    lostFrames.insert(packet.piece.timestamp / 3000)
                    continue
                }
                _ = put(packet, into: &assembler)
                seen += frames(&assembler)
            }
            // A frame is decodable when none from its key frame up to itself has lost anything.
            let expected = (0..<60 as Range<Int64>).filter { frame in
                (frame / 10 * 10...frame).allSatisfy { !lostFrames.contains($0) }
            }
            let unneeded = seen.filter { !expected.contains($0) }
            #expect(unneeded.isEmpty, "seed \(seed)")
            #expect(seen == expected, "seed \(seed)")
        }
    }

    @Test func paddingBetweenFramesOnlyFillsNumbers() {
        var packets = stream(frames: 3, packets: 1, keyInterval: 10)
        for index in packets.indices { packets[index].piece.number *= 2 }
        var assembler = FrameAssembler(capacity: 16)
        for packet in packets {
            _ = put(packet, into: &assembler)
            var padding = packet
            padding.piece.number += 1
            padding.piece.isLast = false
            padding.piece.startsFrame = false
            padding.piece.isKeyFrame = false
            padding.piece.payload = 1..<1
            _ = put(padding, into: &assembler)
        }
        #expect(frames(&assembler) == [0, 1, 2])
        #expect(!assembler.isBlocked)
    }

    @Test func holdsNoMoreThanItsCapacityWhoeverPolls() {
        var assembler = FrameAssembler(capacity: 32)
        var overflows = 0
        for packet in stream(frames: 500, packets: 3, keyInterval: 50) {
            if put(packet, into: &assembler) == .overflow { overflows += 1 }
        }
        #expect(overflows > 0)
        #expect(assembler.droppedPackets > 0)
        let rest = frames(&assembler)
        #expect(rest.count <= 11)
    }

    @Test func anyPiecesDoNoHarm() {
        var random = SeededRandom(seed: 77)
        var assembler = FrameAssembler(capacity: 32)
        for _ in 0..<20_000 {
            let piece = FrameAssembler.Piece(
                number: Int64.random(in: -60...60, using: &random) + Int64.random(in: 0...2, using: &random) * 1000,
                timestamp: Int64.random(in: 0...5, using: &random), isLast: Bool.random(using: &random),
                startsFrame: Bool.random(using: &random), isKeyFrame: Bool.random(using: &random),
                payload: 1..<Int.random(in: 1...3, using: &random), arrival: .zero)
            var bytes: [UInt8] = [1, 2, 3]
            _ = assembler.insert(piece, packet: &bytes)
            var frame: [UInt8] = []
            if Bool.random(using: &random) { _ = assembler.poll(into: &frame) }
        }
    }

    // MARK: - Copies that were misplaced

    /// A packet of a copy that does not belong where it was put, then the right one.
    private func correct(
        _ right: (piece: FrameAssembler.Piece, bytes: [UInt8]), after wrong: (inout FrameAssembler.Piece) -> Void,
        in assembler: inout FrameAssembler
    ) {
        var copy = right
        copy.piece.isCopy = true
        copy.bytes = [0xFF, 0xEE, 0xEE]
        wrong(&copy.piece)
        _ = put(copy, into: &assembler)
        #expect(put(right, into: &assembler) == .duplicate)
    }

    @Test(arguments: [true, false]) func whereAFrameEndsIsNotBelievedOfAMisplacedCopy(isMarked: Bool) {
        let packets = stream(frames: 2, packets: 4, keyInterval: 10)
        var assembler = FrameAssembler(capacity: 64)
        for packet in packets[..<2] { _ = put(packet, into: &assembler) }
        // Either the marker stands there, or the next one seems to begin.
        correct(
            packets[2], after: { if isMarked { $0.isLast = true } else { $0.startsFrame = true } }, in: &assembler)
        #expect(frames(&assembler) == [], "its last packet is not here yet")
        for packet in packets[3...] { _ = put(packet, into: &assembler) }
        #expect(frames(&assembler) == [0, 1])
    }

    @Test func thatAFrameHasNoEndIsNotBelievedOfAMisplacedCopy() {
        let packets = stream(frames: 2, packets: 3, keyInterval: 10)
        var assembler = FrameAssembler(capacity: 64)
        for packet in packets[..<2] { _ = put(packet, into: &assembler) }
        correct(packets[2], after: { $0.isLast = false }, in: &assembler)
        #expect(frames(&assembler) == [0])
    }

    @Test func aKeyFrameIsFoundWhereAMisplacedCopyHidIt() {
        let packets = stream(frames: 2, packets: 3, keyInterval: 1)
        var assembler = FrameAssembler(capacity: 64)
        correct(packets[0], after: { $0.isKeyFrame = false }, in: &assembler)
        #expect(!assembler.isWaitingForKeyFrame)
        // Of the first one the end is missing.
        for packet in packets[4...] { _ = put(packet, into: &assembler) }
        correct(packets[3], after: { $0.isKeyFrame = false }, in: &assembler)
        #expect(frames(&assembler) == [1])
    }

    /// What was whole stays so, also when a key frame behind it becomes so.
    @Test func aReplacedPacketBehindAWholeFrameDropsNothing() {
        let packets = stream(frames: 2, packets: 3, keyInterval: 1)
        var assembler = FrameAssembler(capacity: 64)
        for packet in packets[..<3] + packets[4...] { _ = put(packet, into: &assembler) }
        correct(packets[3], after: { $0.timestamp += 1 }, in: &assembler)
        #expect(frames(&assembler) == [0, 1])
    }
}

import Base
import RTP
import Testing

@testable import WebRTC

@Suite struct DuplicateStreamTests {
    /// A stream and its copy, number by number.
    private struct Pair {
        var marks = PacketMarks()
        var copy = DuplicateStream()
        var offset: UInt16 = 40_000
        var timestampOffset: UInt32 = 4_000_000_000

        static func content(_ number: UInt16) -> UInt64 { UInt64(number) &* 0x9E37_79B9_7F4A_7C15 }

        mutating func original(_ number: UInt16) {
            marks.add(Self.content(number), number: SequenceNumber(number), timestamp: UInt32(number) &* 3000)
        }

        /// - Returns: where the copy of a packet is taken to belong.
        @discardableResult
        mutating func copied(
            _ number: UInt16, content: UInt64? = nil, ssrc: UInt32 = 7
        ) -> DuplicateStream.Place? {
            let header = RTPHeader(
                payloadType: PayloadType(96), sequenceNumber: SequenceNumber(number &+ offset),
                timestamp: UInt32(number) &* 3000 &+ timestampOffset, ssrc: SSRC(ssrc))
            return copy.take(header, content: content ?? Self.content(number), of: marks)
        }
    }

    private func place(_ number: UInt16) -> DuplicateStream.Place {
        DuplicateStream.Place(number: SequenceNumber(number), timestamp: UInt32(number) &* 3000)
    }

    /// Either copy may come first, and either may have gaps.
    @Test(arguments: [true, false]) func findsWhatBelongsTogether(copyComesFirst: Bool) {
        var pair = Pair()
        var alignedAt: UInt16?
        for step in 0..<200 as Range<UInt16> {
            let number = 65_450 &+ step
            let (hasOriginal, hasCopy) = (step % 7 != 0, step % 5 != 0)
            if hasOriginal, !copyComesFirst { pair.original(number) }
            if hasCopy {
                let found = pair.copied(number)
                if found != nil { alignedAt = alignedAt ?? step }
                if found != nil { #expect(found == place(number), "step \(step)") }
            }
            if hasOriginal, copyComesFirst { pair.original(number) }
        }
        let at = alignedAt ?? 200
        #expect(at < 40, "aligned after \(at) packets")
        #expect(pair.copy.number(of: SequenceNumber(10)) == SequenceNumber(10 &+ pair.offset))
    }

    @Test func twoPacketsThatHappenToBeAlikeProveNothing() {
        var pair = Pair()
        for number in 0..<60 as Range<UInt16> {
            pair.original(number)
            // Only every twentieth is the same, and each time at another distance.
            pair.copied(number &+ number / 20, content: number % 20 == 0 ? Pair.content(number) : UInt64(number) + 1)
        }
        #expect(!pair.copy.isAligned)
    }

    /// As when the server begins to count anew for one of them.
    @Test func anOffsetThatChangesIsForgottenAndFoundAnew() {
        var pair = Pair()
        for number in 0..<60 as Range<UInt16> {
            pair.original(number)
            pair.copied(number)
        }
        #expect(pair.copy.isAligned)
        pair.offset &+= 5
        var wrong = 0
        for number in 60..<160 as Range<UInt16> {
            pair.original(number)
            if let found = pair.copied(number), found != place(number) { wrong += 1 }
        }
        #expect(pair.copy.isAligned)
        // Said to be five later than any of the originals: until these come and show otherwise.
        #expect(wrong <= 20, "\(wrong) packets were misplaced")
    }

    @Test func anotherSourceIsAnotherCopy() {
        var pair = Pair()
        for number in 0..<60 as Range<UInt16> {
            pair.original(number)
            pair.copied(number)
        }
        pair.original(60)
        #expect(pair.copied(60, ssrc: 8) == nil)
        #expect(pair.copy.ssrc == SSRC(8) && !pair.copy.isAligned)
    }

    // MARK: - In the receiver

    /// Numbers come round again: what was noted of a packet before the copies were taken away is of another one then.
    @Test func copiesThatWereTakenAwayLeaveNothingThatRefutesOthers() {
        var receiver = VideoReceiver(CopyingServer.configuration)
        let copy = (transceiver: CopyingServer.transceiver(0), configuration: CopyingServer.configuration)
        var handedOut: [Int64] = []
        func packet(_ number: Int, ssrc: UInt32) -> [UInt8] {
            var bytes: [UInt8] = []
            bytes.append(
                RTPHeader(
                    marker: true, payloadType: PayloadType(96),
                    sequenceNumber: SequenceNumber(UInt16(truncatingIfNeeded: number &+ (ssrc == 1 ? 0 : 700))),
                    timestamp: UInt32(number * 3000), ssrc: SSRC(ssrc)))
            // A key frame after each jump.
            bytes += [0x10, number % 30_000 == 0 || number == 65_536 ? 0 : 1] + [UInt8](repeating: 7, count: 24)
            bytes.append(bigEndian: UInt32(number))
            return bytes
        }
        func original(_ number: Int) {
            var bytes = packet(number, ssrc: 1)
            receiver.handle(&bytes, at: .zero)
            var frame: [UInt8] = []
            while let read = receiver.poll(into: &frame, at: .zero) { handedOut.append(read.timestamp / 3000) }
        }
        receiver.setCopies([copy])
        for number in 0..<100 { original(number) }
        receiver.setCopies([])
        for number in [30_000, 60_000] { original(number) }
        receiver.setCopies([copy])
        handedOut = []
        for number in 65_536..<65_636 {
            var bytes = packet(number, ssrc: 1000)
            receiver.handle(&bytes, copiedBy: copy.transceiver, at: .zero)
            if number != 65_580 { original(number) }
        }
        #expect(handedOut == Array(65_536..<65_636), "the missing one is taken from the copy")
    }
}

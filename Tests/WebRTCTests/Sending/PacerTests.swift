import Base
import RTP
import Testing

@testable import WebRTC

@Suite struct PacerTests {
    private let extensions = RTPExtensionMap(transportSequenceNumber: 3)

    private func packet(_ byteCount: Int) -> [UInt8] { [UInt8](repeating: 0x80, count: byteCount) }

    @Test func leaksAtTwoAndAHalfTimesTheTarget() {
        var pacer = Pacer(targetBitrate: 1_000_000)
        var now = Instant.zero
        for _ in 0..<100 {
            var bytes = packet(1000)
            _ = pacer.enqueue(&bytes, as: .video, extensions: extensions, at: now)
        }
        var bytes: [UInt8] = []
        var count = 0
        while count < 100 {
            if pacer.next(swapping: &bytes, at: now) != nil {
                count += 1
            } else if let deadline = pacer.nextDeadline {
                #expect(deadline > now)
                now = deadline
            }
        }
        // 100 kB at 2.5 Mb/s take 320 ms, the first 40 ms of which leave at once.
        #expect(abs((now - .zero).inMilliseconds - 280) < 15)
        #expect(pacer.queuedBytes == 0 && pacer.nextDeadline == nil)
    }

    @Test func drainsWithinASecondHoweverLowTheTarget() {
        var pacer = Pacer(targetBitrate: 100_000)
        var now = Instant.zero
        for _ in 0..<200 {
            var bytes = packet(1000)
            _ = pacer.enqueue(&bytes, as: .video, extensions: extensions, at: now)
        }
        #expect(pacer.expectedDelay <= .seconds(1))
        var bytes: [UInt8] = []
        var sent = 0
        while now < .zero + .seconds(1) {
            while pacer.next(swapping: &bytes, at: now) != nil { sent += 1 }
            now += .milliseconds(5)
        }
        // The rate falls with what is left, so the tail takes longer, but most is gone.
        #expect(sent > 120)
    }

    @Test func retransmissionsGoBeforeVideoAndAudioBeforeBoth() {
        var pacer = Pacer(targetBitrate: 10_000_000)
        for kind in [.video, .retransmission, .audio] as [Pacer.PacketKind] {
            var bytes = packet(100)
            _ = pacer.enqueue(&bytes, as: kind, extensions: extensions, at: .zero)
        }
        var kinds: [Pacer.PacketKind] = []
        var bytes: [UInt8] = []
        while let departure = pacer.next(swapping: &bytes, at: .zero) { kinds.append(departure.kind) }
        #expect(kinds == [.audio, .retransmission, .video])
    }

    @Test func boundsItsQueues() {
        var pacer = Pacer(targetBitrate: 1_000_000)
        for kind in [.video, .retransmission, .audio] as [Pacer.PacketKind] {
            var taken = 0
            for _ in 0..<2000 {
                var bytes = packet(10)
                if pacer.enqueue(&bytes, as: kind, extensions: extensions, at: .zero) { taken += 1 }
            }
            #expect(taken <= 1024)
        }
        #expect(pacer.refusedPackets > 0)
        #expect(pacer.videoRoom == 0)
    }

    @Test func aProbeRunsAtItsOwnRateAndEnds() throws {
        var pacer = Pacer(targetBitrate: 300_000)
        var now = Instant.zero
        pacer.start(ProbeCluster(id: 7, bitrate: 4_000_000), at: now)
        var bytes = packet(1000)
        _ = pacer.enqueue(&bytes, as: .video, extensions: extensions, at: now)
        var sent: [(at: Instant, probe: Int?)] = []
        for _ in 0..<40 {
            while let departure = pacer.next(swapping: &bytes, at: now) { sent.append((now, departure.probe)) }
            if pacer.wantsPadding {
                bytes = packet(1000)
                _ = pacer.enqueue(&bytes, as: .padding, extensions: extensions, at: now)
            } else if let deadline = pacer.nextDeadline {
                now = max(now, deadline)
            }
        }
        #expect(sent.allSatisfy { $0.probe == 7 })
        // 15 ms at 4 Mb/s are 7500 bytes: eight packets, two milliseconds apart.
        #expect(sent.count == 8)
        let span = try #require(sent.last).at - sent[0].at
        #expect(abs(span.inMilliseconds - 14) < 1)
    }

    @Test func paddingThatNobodyHasDoesNotSpin() throws {
        var pacer = Pacer(targetBitrate: 300_000)
        var now = Instant.zero
        pacer.start(ProbeCluster(id: 1, bitrate: 1_000_000), at: now)
        var bytes = packet(100)
        _ = pacer.enqueue(&bytes, as: .video, extensions: extensions, at: now)
        var wakes = 0
        while wakes < 5000 {
            _ = pacer.next(swapping: &bytes, at: now)
            guard let deadline = pacer.nextDeadline else { break }
            #expect(deadline > now)
            now = max(now, deadline)
            wakes += 1
        }
        // After a second the probe is given up.
        #expect(wakes < 1100)
        #expect(!pacer.wantsPadding)
    }
}

import Base
import Testing

@testable import AudioPipeline

/// Lip sync rests on every block knowing when it was captured.
@Suite struct PlayoutTimeTests {
    /// Clicks every 97 ms over a faint hum.
    private static let spacing = 4656
    private static let clicks: [Float] = (0..<spacing * 40).map { index in
        let place = index % spacing
        return place == 2000 ? 0.8 : place == 2001 ? 0.6 : 0.0005 * Float(index % 97 < 48 ? 1 : -1)
    }
    /// What libopus's encoder holds back: 6.5 ms.
    private static let lookahead = 312

    /// Largest error in samples of the capture time of the clicks that were heard, and how many those were.
    private func worstError(_ run: PlayoutRun) -> (error: Int64, heard: Int) {
        var worst: Int64 = 0
        var heard = 0
        var index = 960
        while index < run.sound.count - 960 {
            guard abs(run.sound[index]) > 0.25 else {
                index += 1
                continue
            }
            var peak = index
            for place in index..<index + 48 where abs(run.sound[place]) > abs(run.sound[peak]) { peak = place }
            index = peak + 480
            let block = run.blocks[peak / 480]
            let next = run.blocks[peak / 480 + 1]
            // Invented sound repeats clicks where there were none.
            guard run.blocks[peak / 480].concealed == run.blocks[max(0, peak / 480 - 8)].concealed else { continue }
            // A seam inside the block moves what is behind it; the next block's time is right again.
            guard block.captureTime > 0, abs(next.captureTime - block.captureTime - 10_000_000) < 100_000 else {
                continue
            }
            let captured = (block.captureTime - TestStream.senderEpoch) * 48 / 1_000_000 + Int64(peak % 480)
            let phase = (captured - Int64(2000 + Self.lookahead)) % Int64(Self.spacing)
            worst = max(worst, min(abs(phase), Int64(Self.spacing) - abs(phase)))
            heard += 1
        }
        return (worst, heard)
    }

    @Test(arguments: [-2000.0, 0, 2000])
    func captureTimesAreRightWhileTimeIsStretched(ppm: Double) {
        let run = PlayoutRun(TestStream(Self.clicks, seconds: 60).sent(ppm: ppm), keepsSound: true)
        run.run(to: 59)
        let (error, heard) = worstError(run)
        #expect(heard > 500)
        #expect(error < 48, "\(Double(error) / 48) ms wrong, stretched by \(run.statistics)")
        if ppm != 0 { #expect(run.statistics.removedSamples + run.statistics.insertedSamples > 4000) }
    }

    @Test func captureTimesAreRightThroughLossAndJitter() {
        var random = SeededRandom(seed: 21)
        let run = PlayoutRun(
            TestStream(Self.clicks, seconds: 60).sent { index, _ in
                index > 50 && Int.random(in: 0..<20, using: &random) == 0
                    ? [] : [.milliseconds(Int.random(in: 20...60, using: &random))]
            }, keepsSound: true)
        run.run(to: 59)
        let (error, heard) = worstError(run)
        #expect(heard > 200)
        #expect(error < 48, "\(Double(error) / 48) ms wrong, stretched by \(run.statistics)")
    }

    @Test func captureTimeIsUnknownUntilTheSenderTellsIt() {
        var stream = TestStream(Self.clicks, seconds: 4)
        for index in 0..<100 { stream.packets[index].captureTime = PlayoutPacket.unknownCaptureTime }
        let run = PlayoutRun(stream.sent())
        run.run(to: 3.9)
        #expect(run.at(1).captureTime == PlayoutPacket.unknownCaptureTime)
        let block = run.at(3)
        // Sent 20 ms after its first sample was captured, 30 ms on the way, held back for the delay.
        let age = (block.at - PlayoutRun.start).inNanoseconds - (block.captureTime - TestStream.senderEpoch)
        #expect(abs(age - 50_000_000 - block.delay.inNanoseconds) < 11_000_000)
    }
}

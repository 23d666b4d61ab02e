import Base
import Media
import Testing

@testable import AudioPipeline

@Suite struct PlayoutDelayTests {
    @Test func everyPacketsWaitIsRecordedFromArrivalToItsTurn() throws {
        let delays = SharedLatencyHistogram()
        let stream = TestStream(Sounds.voice(count: 48_000), seconds: 5)
        let run = PlayoutRun(stream.sent(), delays: delays)
        run.run(to: 6)
        let recorded = delays.snapshot
        #expect(recorded.count == UInt64(stream.packets.count))
        // What is held back, and up to one block and one packet more until a sample has its turn.
        let median = try #require(recorded.quantile(0.5))
        let target = run.blocks[200].target
        #expect(median >= target - .milliseconds(10) && median <= target + .milliseconds(40), "\(median), \(target)")
    }
}

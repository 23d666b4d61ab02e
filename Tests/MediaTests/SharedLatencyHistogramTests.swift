import Base
import Media
import Testing

@Suite struct SharedLatencyHistogramTests {
    @Test func itCountsAsThePlainOneDoes() {
        let shared = SharedLatencyHistogram()
        var plain = LatencyHistogram()
        var random = SeededRandom(seed: 3)
        for _ in 0..<1000 {
            let duration = Duration.nanoseconds(Int64(random.next() % 30_000_000_000) - 1000)
            shared.record(duration)
            plain.record(duration)
        }
        #expect(shared.snapshot == plain)
    }

    @Test func itIsReadWhileItIsFilled() throws {
        let shared = SharedLatencyHistogram()
        let writer = try DeviceThread(name: "writer") {
            for index in 0..<100_000 { shared.record(.microseconds(index % 5000)) }
        }
        var before: UInt64 = 0
        for _ in 0..<100 {
            let count = shared.snapshot.count
            #expect(count >= before)
            before = count
        }
        writer.join()
        #expect(shared.snapshot.count == 100_000)
    }
}

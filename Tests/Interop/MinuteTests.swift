import AudioPipeline
import Base
import Glibc
import JSON
import Media
import Testing
import WebRTC

extension InteropTests {
    /// What must hold of a minute with Chrome's engine: 1280×720 within 5 s, no freeze, and no concealment once its
    /// jitter buffer has settled. Needs an optimised build and a machine to itself:
    /// `INTEROP_SECONDS=60 INTEROP_VERBOSE=1 swift test -c release -Xswiftc -enable-testing --filter Minute`.
    @Suite("A minute at 720p", .enabled(if: getenv("INTEROP_SECONDS") != nil))
    struct Minute {
        @Test(arguments: ForeignPeer.Engine.allCases)
        func isWholeAndSmooth(_ engine: ForeignPeer.Engine) async throws {
            let seconds = getenv("INTEROP_SECONDS").flatMap { Int(String(cString: $0)) } ?? 60
            let call = try await InteropCall(
                InteropCall.Scenario(engine, weOffer: true) {
                    $0.room.width = 1280
                    $0.room.height = 720
                    $0.room.rate = 30
                    $0.room.startBitrate = 1_500_000
                    $0.peer.video = engine == .chrome ? "640x480@30" : "320x240@15"
                })
            let before = Self.processorTime
            try await call.flow()
            var targets: [Int] = []
            var concealed: [(second: Int, there: Int, here: Int, lateWakes: Int)] = []
            for second in 0..<seconds {
                try await Task.sleep(for: .seconds(1))
                targets.append(try await call.statistics().transport.availableOutgoingBitrate)
                let engine = try await call.peer.engineStatistics()
                let there = Int(engine.number("concealed_samples", "inbound-rtp", kind: "audio") ?? 0)
                let (here, lateWakes) = call.room.concealment
                let last = concealed.last
                if last?.there != there || last?.here != here || last?.lateWakes != lateWakes {
                    concealed.append((second, there, here, lateWakes))
                }
            }
            let share = (Self.processorTime - before) / Double(seconds)
            let statistics = try await call.statistics()
            let (room, peer) = try await call.finish()
            note("a minute with \(engine)", call, room, peer)
            print("  our processor: \((share * 100).rounded()) % of a core; estimates \(targets)")
            print("  concealed: \(concealed)")
            print("  \(statistics.outbound.map { ($0.packetsSent, $0.retransmittedPacketsSent, $0.framesDropped) })")
            print("  \(peer.engine("inbound-rtp", kind: "video").map(\.text))")
            print("  \(peer.engine("inbound-rtp", kind: "audio").map(\.text))")
            let first = try #require(peer.body["firstFrame"]?.doubleValue)
            #expect(first - Double(call.startedAt.nanoseconds) / 1e9 < 5)
            #expect(peer.sizes.keys.sorted() == ["1280x720"])
            #expect(peer.frames >= seconds * 29)
            if engine == .chrome {
                #expect(peer.number("freeze_count", "inbound-rtp", kind: "video") == 0)
                // Its jitter buffer learns in the first second: two peers on Chrome's engine conceal there as well.
                let start = concealed.last { $0.second <= 1 }?.there ?? 0
                #expect(concealed.last?.there ?? 0 == start, "after the first two seconds")
            }
        }

        private static var processorTime: Double {
            var usage = rusage()
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
            return seconds(usage.ru_utime) + seconds(usage.ru_stime)
        }
    }
}

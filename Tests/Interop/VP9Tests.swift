import Codecs
import Testing
import WebRTC

extension InteropTests {
    @Suite("VP9 both ways")
    struct VP9Calls {
        static let scenarios = [true, false].map { weOffer in
            InteropCall.Scenario(.chrome, weOffer: weOffer) {
                $0.room.codec = .vp9
                $0.room.width = 640
                $0.room.height = 360
            }
        }

        @Test(arguments: scenarios)
        func picturesGoBothWays(_ scenario: InteropCall.Scenario) async throws {
            let call = try await InteropCall(scenario)
            try await call.flow(pictures: 45, soundSeconds: 2)
            let statistics = try await call.statistics()
            let (room, peer) = try await call.finish()
            note("VP9, \(scenario.testDescription)", call, room, peer)
            expectWhatPeerSent(room, scenario)
            expectWhatWeSent(peer, scenario)
            #expect(room.codecs == [.vp9])
            #expect(statistics.inbound.first { $0.kind == .video }?.codec == .vp9)
            #expect(statistics.outbound.first { $0.kind == .video }?.codec == .vp9)
        }
    }
}

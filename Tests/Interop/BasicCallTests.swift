import Testing

extension InteropTests {
    @Suite("Both ways, either offering")
    struct BasicCalls {
        static let scenarios: [InteropCall.Scenario] = [
            InteropCall.Scenario(.aiortc, weOffer: true),
            InteropCall.Scenario(.aiortc, weOffer: false) {
                $0.weTrickle = true
                $0.peer.trickles = true
            },
            InteropCall.Scenario(.chrome, weOffer: true) {
                $0.weTrickle = true
                $0.peer.trickles = true
            },
            InteropCall.Scenario(.chrome, weOffer: false),
        ]

        @Test(arguments: scenarios)
        func pictureAndSoundGoBothWays(_ scenario: InteropCall.Scenario) async throws {
            let call = try await InteropCall(scenario)
            try await call.flow()
            let (room, peer) = try await call.finish()
            note(scenario.testDescription, call, room, peer)
            expectWhatPeerSent(room, scenario)
            expectWhatWeSent(peer, scenario)
        }
    }
}

import Testing

extension InteropTests {
    @Suite("One way")
    struct Directions {
        /// As the room subscribes.
        static let onlyReceiving = ForeignPeer.Engine.allCases.map { engine in
            InteropCall.Scenario(engine, weOffer: false) {
                $0.room.sendsVideo = false
                $0.room.sendsAudio = false
                $0.peer.receives = []
            }
        }
        /// As the room publishes.
        static let onlySending = ForeignPeer.Engine.allCases.map { engine in
            InteropCall.Scenario(engine, weOffer: true) {
                $0.weReceive = []
                $0.peer.video = nil
                $0.peer.tone = nil
            }
        }

        @Test(arguments: onlyReceiving)
        func weOnlyReceive(_ scenario: InteropCall.Scenario) async throws {
            let call = try await InteropCall(scenario)
            try await call.flow()
            let (room, peer) = try await call.finish()
            expectWhatPeerSent(room, scenario)
            #expect(peer.frames == 0)
        }

        @Test(arguments: onlySending)
        func weOnlySend(_ scenario: InteropCall.Scenario) async throws {
            let call = try await InteropCall(scenario)
            try await call.flow()
            // The peer's own measurements need a second of sound.
            try await Task.sleep(for: .seconds(1.5))
            let (room, peer) = try await call.finish()
            expectWhatWeSent(peer, scenario)
            #expect(room.pictures.isEmpty)
            #expect(room.audioPackets == 0)
        }
    }
}

import Base
import JSON
import Testing
import WebRTC

extension InteropTests {
    /// What RTCP carries, both ways: reports, key-frame requests, bandwidth estimates, goodbyes.
    @Suite("Feedback")
    struct FeedbackTests {
        /// Sends one picture size that needs more than the first estimate.
        private static func scenario(_ engine: ForeignPeer.Engine, weOffer: Bool) -> InteropCall.Scenario {
            InteropCall.Scenario(engine, weOffer: weOffer) {
                $0.room.width = 640
                $0.room.height = 360
                $0.peer.video = "640x480@15"
            }
        }

        @Test func chromeTakesOurTransportFeedbackAndWeTakeIts() async throws {
            var scenario = Self.scenario(.chrome, weOffer: true)
            scenario.room.startBitrate = 400_000
            let call = try await InteropCall(scenario)
            try await call.flow()
            try await eventually("our estimate is above 1 Mb/s", otherwise: { await call.diagnosis() }) {
                try await call.statistics().transport.availableOutgoingBitrate > 1_000_000
            }
            try await eventually("Chrome's is above 600 kb/s", otherwise: { await call.diagnosis() }) {
                let report = try await call.peer.statistics()
                return report.number("available_outgoing_bitrate", "candidate-pair") ?? 0 > 600_000
            }
            try await eventually("it has a round trip from our reports") {
                let report = try await call.peer.statistics()
                return report.number("round_trip_time", "remote-inbound-rtp", kind: "video") != nil
                    && report.number("reports_sent", "remote-outbound-rtp", kind: "video") ?? 0 > 0
            }
            try await eventually("and we have one from its reports") {
                try await call.statistics().outbound.allSatisfy { $0.remote?.roundTripTime != nil }
            }
            // A picture's capture time is known from the first sender report on: some pictures come before it.
            try await eventually("capture times from Chrome's sender reports", otherwise: { await call.diagnosis() }) {
                call.room.record.timedPictures > 0
            }
            let (room, peer) = try await call.finish()
            note("feedback chrome", call, room, peer)
        }

        @Test func aiortcFollowsOurREMBAndWeFollowIts() async throws {
            let call = try await InteropCall(Self.scenario(.aiortc, weOffer: false))
            try await call.flow()
            try await eventually("aiortc's encoder is told what we estimate", otherwise: { await call.diagnosis() }) {
                let report = try await call.peer.statistics()
                // 500 kb/s is what it starts with, by itself.
                return report.videoTarget != 0 && report.videoTarget != 500_000
            }
            #expect(try await call.statistics().transport.availableIncomingBitrate ?? 0 > 0)
            try await eventually("our target has changed") {
                call.room.record.events.contains { if case .targetBitrate = $0.event { true } else { false } }
            }
            try await eventually("it has a round trip from our reports") {
                let report = try await call.peer.statistics()
                return report.number("roundTripTime", "remote-inbound-rtp", kind: "video") != nil
                    && report.number("packetsSent", "remote-outbound-rtp", kind: "video") != nil
            }
            try await eventually("and we have one from its reports") {
                try await call.statistics().outbound.allSatisfy { $0.remote?.roundTripTime != nil }
            }
            // A picture's capture time is known from the first sender report on: some pictures come before it.
            try await eventually("capture times from aiortc's sender reports", otherwise: { await call.diagnosis() }) {
                call.room.record.timedPictures > 0
            }
            let (room, peer) = try await call.finish()
            note("feedback aiortc", call, room, peer)
        }

        @Test(arguments: ForeignPeer.Engine.allCases)
        func keyFramesComeWhenAskedFor(_ engine: ForeignPeer.Engine) async throws {
            let call = try await InteropCall(InteropCall.Scenario(engine, weOffer: true))
            try await call.flow(pictures: 10)
            let received = call.room.record.keyFrames
            try await call.room.requestKeyFrame(on: try #require(call.video))
            try await eventually("a key frame comes") { call.room.record.keyFrames > received }
            if engine == .aiortc {
                let sent = call.room.record.sentKeyFrames
                call.peer.askForKeyFrame()
                try await eventually("our encoder makes one") { call.room.record.sentKeyFrames > sent }
            }
            _ = try await call.finish()
        }

        @Test(arguments: ForeignPeer.Engine.allCases)
        func goodbyesAreHeard(_ engine: ForeignPeer.Engine) async throws {
            let leavingPeer = try await InteropCall(InteropCall.Scenario(engine, weOffer: true))
            try await leavingPeer.flow(pictures: 3, soundSeconds: 0.2)
            _ = try await leavingPeer.peer.finish()
            try await eventually("we notice that the peer has gone", within: .seconds(2)) {
                leavingPeer.room.record.events.contains { $0.event == .stateChanged(.closed) }
            }
            try await leavingPeer.room.stop()

            let leavingRoom = try await InteropCall(InteropCall.Scenario(engine, weOffer: true))
            try await leavingRoom.flow(pictures: 3, soundSeconds: 0.2)
            try await leavingRoom.room.stop()
            _ = try await leavingRoom.peer.process.event("state closed", within: .seconds(2)) { events in
                events.first { $0.name == "state" && $0.body["state"]?.stringValue == "closed" }
            }
        }
    }
}

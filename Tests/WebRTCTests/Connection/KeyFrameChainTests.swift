import Base
import SDP
import Testing

@testable import WebRTC

/// An encoder that makes a key frame at its start and when asked, and never looks at what became of its pictures.
@Suite struct KeyFrameChainTests {
    private func picture(_ number: Int, isKeyFrame: Bool) -> [UInt8] {
        var bytes = MediaPump.head(isKeyFrame: isKeyFrame)
        bytes.append(bigEndian: UInt32(number))
        return bytes + [UInt8](repeating: 1, count: 600)
    }

    private func encode(_ call: inout VirtualCall, _ video: TransceiverID, from first: Int, count: Int) {
        for number in first..<first + count {
            let isKeyFrame = number == 0 || call.near.wantsKeyFrame
            call.near.wantsKeyFrame = false
            call.near.peer.sendVideo(
                picture(number, isKeyFrame: isKeyFrame).span, codec: .vp8, isKeyFrame: isKeyFrame, on: video,
                timestamp: UInt32(number * 3600), captureTime: call.now, at: call.now)
            call.run(for: .milliseconds(40))
        }
    }

    @Test func theFirstPictureOnTheWireIsAKeyFrame() throws {
        var call = VirtualCall(seed: 21)
        let video = call.near.peer.addTransceiver(.video, direction: .sendonly)
        try call.negotiate()
        // The key frame and what follows it come before there is a way.
        encode(&call, video, from: 0, count: 5)
        call.openSockets()
        call.connect()
        #expect(call.near.events.contains(.keyFrameRequested(video)))
        encode(&call, video, from: 5, count: 25)
        let numbers = call.far.frames.map(\.number)
        #expect(call.far.frames.first?.frame.isKeyFrame == true)
        #expect(numbers == Array(5..<30))
        let statistics = try #require(call.far.peer.statistics(at: call.now).inbound.first)
        #expect(statistics.pliCount == 0)
        #expect(statistics.packetsDropped == 0)
    }

    @Test func whenTheWayComesBackAKeyFrameIsAskedFor() throws {
        var call = VirtualCall(seed: 22)
        let video = call.near.peer.addTransceiver(.video, direction: .sendonly)
        try call.negotiate()
        call.openSockets()
        call.connect()
        encode(&call, video, from: 0, count: 10)
        call.conditions.loss = 1
        call.run(for: .seconds(60))
        #expect(call.near.peer.state == .failed)
        encode(&call, video, from: 10, count: 3)
        call.conditions.loss = 0
        try call.negotiate(restartICE: true)
        call.connect()
        call.far.frames.removeAll()
        encode(&call, video, from: 13, count: 10)
        #expect(call.far.frames.map(\.number) == Array(13..<23))
        #expect(call.far.frames.first?.frame.isKeyFrame == true)
    }
}

import Base
import RTP
import SDP
import Testing

@testable import WebRTC

/// Which section a packet is for, by mid, by SSRC, by payload type.
@Suite struct RoutingTests {
    private func send(
        _ number: UInt16, ssrc: UInt32, payloadType: UInt8? = nil, mid: MID?, in call: inout VirtualCall
    ) {
        let own = call.far.peer.audioSenders[0].sender.configuration
        var bytes: [UInt8] = []
        bytes.append(
            RTPHeader(
                payloadType: payloadType.map { PayloadType($0) } ?? own.payloadType,
                sequenceNumber: SequenceNumber(number), timestamp: UInt32(number) * 960, ssrc: SSRC(ssrc)),
            extensions: RTPExtensionValues(mid: mid), map: own.extensions)
        bytes.append(contentsOf: MediaPump.payload(Int(number)))
        call.far.peer.plain.push(swapping: &bytes, tag: .rtp)
        call.run(for: .milliseconds(20))
    }

    @Test func aNewSourceInASectionIsANewStream() throws {
        var call = try VirtualCall.connected(seed: 1)
        call.play(for: .milliseconds(200))
        call.run(for: .milliseconds(20))
        let mid = call.far.peer.audioSenders[0].sender.configuration.mid
        call.near.audio.removeAll()
        for number in UInt16(500)..<505 { send(number, ssrc: 0x1234, mid: mid, in: &call) }
        #expect(call.near.audio.map(\.number) == [500, 501, 502, 503, 504])
        #expect(call.near.audio.map(\.packet.isRestart) == [true, false, false, false, false])
        #expect(call.near.peer.statistics(at: call.now).inbound.first?.ssrc == SSRC(0x1234))
    }

    @Test func anUnknownSourceIsFoundByItsPayloadTypeAlone() throws {
        var call = try VirtualCall.connected(seed: 2)
        for number in UInt16(500)..<505 { send(number, ssrc: 0x1234, mid: nil, in: &call) }
        #expect(call.near.audio.map(\.number) == [500, 501, 502, 503, 504])
    }

    @Test func whatNobodyNegotiatedIsCounted() throws {
        var call = try VirtualCall.connected(seed: 3)
        call.play(for: .milliseconds(200))
        call.run(for: .milliseconds(20))
        let before = call.near.peer.statistics(at: call.now)
        let count = call.near.audio.count
        let mid = call.far.peer.audioSenders[0].sender.configuration.mid
        // A foreign payload type in a known section, an unknown source with one, an unknown mid.
        send(9000, ssrc: 0x76, payloadType: 50, mid: mid, in: &call)
        send(9001, ssrc: 0x77, payloadType: 50, mid: nil, in: &call)
        send(9002, ssrc: 0x78, mid: MID("nobody"), in: &call)
        // Sound in the section of the pictures.
        send(9003, ssrc: 0x79, mid: call.far.peer.videoSenders[0].sender.configuration.mid, in: &call)
        let after = call.near.peer.statistics(at: call.now)
        #expect(call.near.audio.count == count)
        #expect(after.counters.unroutablePackets == before.counters.unroutablePackets + 2)
        #expect(after.inbound.map(\.packetsDiscarded) == before.inbound.map { $0.packetsDiscarded + 1 })
    }

    @Test func receivedMediaIsHandedOutInTurns() throws {
        var call = VirtualCall(seed: 4)
        call.far.pump.video = call.far.peer.addTransceiver(.video, direction: .sendonly)
        call.far.pump.audio = call.far.peer.addTransceiver(.audio, direction: .sendonly)
        var second = MediaPump()
        second.video = call.far.peer.addTransceiver(.video, direction: .sendonly)
        second.audio = call.far.peer.addTransceiver(.audio, direction: .sendonly)
        try call.negotiateFromFar()
        call.openSockets()
        call.connect()
        call.polls = false
        for _ in 0..<20 {
            var wantsKeyFrame = false
            call.far.pumpOnce(at: call.now)
            second.tick(&call.far.peer, wantsKeyFrame: &wantsKeyFrame, at: call.now)
            call.run(for: MediaPump.tick)
        }
        call.run(for: .milliseconds(100))
        var bytes: [UInt8] = []
        var pictures: [TransceiverID] = []
        var sounds: [TransceiverID] = []
        while let frame = call.near.peer.pollVideo(into: &bytes, at: call.now) { pictures.append(frame.transceiver) }
        while let packet = call.near.peer.pollAudio(into: &bytes) { sounds.append(packet.transceiver) }
        #expect(pictures.count == 20 && sounds.count == 40)
        #expect(zip(pictures, pictures.dropFirst()).allSatisfy { $0 != $1 })
        #expect(zip(sounds, sounds.dropFirst()).allSatisfy { $0 != $1 })
    }

    @Test func mediaThatNobodyTakesIsBounded() throws {
        var call = try VirtualCall.connected(seed: 5)
        call.polls = false
        call.play(for: .seconds(8))
        let statistics = call.near.peer.statistics(at: call.now)
        #expect(statistics.inbound[0].packetsDiscarded > 200)
        #expect(statistics.inbound[1].jitterBufferPackets <= 1024)
        call.polls = true
        call.play(for: .seconds(1))
        #expect(call.near.audio.last?.number == call.far.pump.ticks - 1)
    }
}

import Base
import Media
import RTP
import SDP
import Testing
import WebRTC

@testable import Transport

@Suite struct OutgoingQueueTests {
    private func transceiver() throws -> TransceiverID {
        var peer = PeerConnection(try Call.configuration(seed: 1), at: .zero)
        return peer.addTransceiver(.audio, direction: .sendrecv)
    }

    @Test func audioCrossesThreadsInOrderAndWakesTheReader() throws {
        let wake = EventSignal()
        let queue = OutgoingAudioQueue(transceiver: try transceiver(), wake: wake)
        let total: UInt32 = 5000
        let producer = try DeviceThread(name: "producer") {
            var payload: [UInt8] = []
            payload.reserveCapacity(100)
            for number: UInt32 in 0..<total {
                payload.removeAll(keepingCapacity: true)
                for _ in 0..<Int(number % 90) { payload.append(UInt8(truncatingIfNeeded: number)) }
                while !queue.push(
                    payload.span, timestamp: number, level: AudioLevel(isVoice: true, minusDecibels: 30),
                    captureTime: Instant(nanoseconds: Int64(number)))
                {}
            }
        }
        var next: UInt32 = 0
        var intact = true
        var bytes: [UInt8] = []
        while next < total {
            wake.wait()
            while let tag = queue.ring.pop(into: &bytes) {
                intact = intact && tag.timestamp == next && tag.captureTime == Int64(next) && tag.isVoice
                intact = intact && bytes.count == Int(next % 90)
                intact = intact && bytes.allSatisfy { $0 == UInt8(truncatingIfNeeded: next) }
                next += 1
            }
        }
        producer.join()
        #expect(intact)
    }

    @Test func fullAudioQueueDropsTheNewestAndCounts() throws {
        let queue = OutgoingAudioQueue(transceiver: try transceiver(), wake: EventSignal())
        let payload: [UInt8] = [1, 2, 3]
        for number in 0..<OutgoingAudioQueue.capacity + 3 {
            let taken = queue.push(payload.span, timestamp: UInt32(number), level: .silence, captureTime: .zero)
            #expect(taken == (number < OutgoingAudioQueue.capacity))
        }
        #expect(queue.dropped == 3)
        var bytes: [UInt8] = []
        #expect(queue.ring.pop(into: &bytes)?.timestamp == 0)
    }

    @Test func fullVideoQueueAsksForAKeyFrame() throws {
        let queue = OutgoingVideoQueue(transceiver: try transceiver(), wake: EventSignal())
        var frame: [UInt8] = []
        for number in 0..<OutgoingVideoQueue.capacity + 1 {
            frame = [UInt8(number)]
            let taken = queue.push(
                swapping: &frame, codec: .vp8, isKeyFrame: number == 0, timestamp: UInt32(number), captureTime: .zero)
            #expect(taken == (number < OutgoingVideoQueue.capacity))
        }
        #expect(frame == [UInt8(OutgoingVideoQueue.capacity)], "a refused picture stays with its owner")
        #expect(queue.dropped == 1)
        #expect(queue.frames.pop(swapping: &frame)?.isKeyFrame == true)
        #expect(queue.takeKeyFrameNeed())
        #expect(!queue.takeKeyFrameNeed())
    }
}

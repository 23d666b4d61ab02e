import Base
import Media
import Testing

@testable import AudioPipeline

/// What a step costs. Prints; asserts only what a slow machine can hold too.
@Suite(.serialized) struct PlayoutCostTests {
    @Test func aStepWithEightStreamsFitsItsTenMilliseconds() throws {
        let time = VirtualTime()
        let engine = try AudioEngine(
            microphone: FakeMicrophone(Sounds.voice(count: 48_000)),
            speaker: FakeSpeaker(time: time, keepsSound: false), clock: time.clock, output: { _, _ in })
        engine.setMicrophone(isOpen: true)
        engine.setSending(true)
        var loop = engine.makeLoop()
        let source = TestStream(Sounds.voice(count: 96_000), seconds: 10)
        let streams = try (0..<8).map { try PlayoutStream(name: "\($0)") }
        for stream in streams { engine.add(stream) }
        var costs: [Duration] = []
        for block in 0..<900 {
            for stream in streams where block % 2 == 0 {
                let packet = source.packets[block / 2]
                stream.push(
                    packet.payload.span,
                    PlayoutPacket(sequence: packet.sequence, timestamp: packet.timestamp, arrival: time.now))
            }
            let began = MonotonicClock.now
            engine.step(&loop)
            costs.append(MonotonicClock.now - began)
        }
        costs.sort()
        let mean = costs.reduce(.zero, +) / costs.count
        print(
            "a step with eight streams: mean \(mean), median \(costs[450]), 99 % \(costs[890]), longest \(costs[899])")
        #expect(costs[450] < .milliseconds(10))
    }
}

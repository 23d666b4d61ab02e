import Base
import ICE
import Testing
import WebRTC

@Suite struct ImpairedNetworkTests {
    /// What is lost is asked for, and comes with few exceptions; nothing comes twice.
    @Test(arguments: UInt64(1)...5) func soundThatIsLostIsRepaired(seed: UInt64) throws {
        var call = try VirtualCall.connected(seed: seed)
        call.conditions = LinkConditions(loss: 0.05, delay: .milliseconds(10) ... .milliseconds(70))
        let lostBefore = call.network.lostAudio
        call.play(for: .seconds(20))
        call.run(for: .milliseconds(200))
        let lost = call.network.lostAudio - lostBefore
        #expect((20...90).contains(lost), "seed \(seed)")
        #expect(call.far.audio.count >= 997, "seed \(seed): \(call.far.audio.count) of 1000")
        #expect(Set(call.far.audio.map(\.number)).count == call.far.audio.count, "seed \(seed)")
        // At once: playout decides for how long to wait.
        #expect(call.far.audio.allSatisfy { $0.at == $0.packet.arrival }, "seed \(seed)")
    }

    /// Loss up to a fifth, duplicates, and up to 300 ms in any order. What the seeds mean must stay: some have failed.
    @Test(arguments: UInt64(1)...200) func staysUpAndRecoversWithinASecond(seed: UInt64) throws {
        var random = SeededRandom(seed: seed &* 77)
        var call = VirtualCall(seed: seed)
        call.addMedia()
        let shortest = Int64.random(in: 0...150, using: &random)
        let longest = Int64.random(in: shortest...300, using: &random)
        let bad = LinkConditions(
            loss: .random(in: 0...0.2, using: &random), duplication: .random(in: 0...0.1, using: &random),
            delay: .milliseconds(shortest) ... .milliseconds(longest))
        let comment = Comment("seed \(seed), \(bad)")
        call.conditions = bad
        if seed % 2 == 0 { try call.negotiate() } else { try call.negotiateFromFar() }
        call.openSockets()
        call.connect(within: .seconds(30))
        call.play(for: .seconds(3))
        #expect(!call.near.audio.isEmpty && !call.far.audio.isEmpty, comment)
        #expect(!call.near.frames.isEmpty && !call.far.frames.isEmpty, comment)
        call.near.checkBounds(at: call.now, comment)
        call.far.checkBounds(at: call.now, comment)

        call.conditions = LinkConditions()
        let recovery = call.now
        call.play(for: .seconds(2))
        call.run(for: .milliseconds(100))
        call.near.checkRecovery(of: call.far.pump.ticks, at: recovery, comment)
        call.far.checkRecovery(of: call.near.pump.ticks, at: recovery, comment)
        call.near.checkBounds(at: call.now, comment)
        call.far.checkBounds(at: call.now, comment)
        #expect(call.near.states == [.connecting, .connected], comment)
        #expect(call.far.states == [.connecting, .connected], comment)
    }
}

extension VirtualCall.End {
    /// Nothing piles up, nothing is thrown away, no timer spins.
    func checkBounds(at now: Instant, _ comment: Comment) {
        let statistics = peer.statistics(at: now)
        for stream in statistics.inbound { #expect(stream.jitterBufferPackets < 200, comment) }
        #expect(statistics.transport.pacerDelay <= .seconds(1.1), comment)
        #expect(statistics.counters.droppedDatagrams == 0, comment)
        #expect(statistics.counters.droppedEvents == 0, comment)
        #expect(statistics.counters.malformedPackets == 0, comment)
        #expect(statistics.counters.protectFailures == 0, comment)
        #expect(statistics.transport.ice.droppedTransmits == 0, comment)
        #expect(stuckTimeouts == 0, comment)
        #expect(failures.isEmpty, comment)
    }

    /// The network was mended at `recovery`, two seconds before the end of the media.
    func checkRecovery(of ticks: Int, at recovery: Instant, _ comment: Comment) {
        let mended = ticks - 100
        let sounds = Set(audio.map(\.number))
        #expect((mended..<ticks).allSatisfy(sounds.contains), comment)
        // Whole pictures come again within a second, and from then on all of them.
        let pictures = Set(frames.map(\.number))
        let missing = stride(from: mended + mended % 2, to: ticks, by: 2).filter { !pictures.contains($0) }
        #expect((missing.last ?? 0) <= mended + 50, "missing \(missing), \(comment)")
        let late = frames.filter {
            $0.number >= mended + 50 && $0.at - recovery > .milliseconds(20 * ($0.number - mended) + 300)
        }
        #expect(late.isEmpty, "late \(late.map(\.number)), \(comment)")
    }
}

import Base
import Glibc
import Testing

@testable import ICE
@testable import WebRTC

/// A bad network, then none at all for a while, then a good one; and the end, which leaves nothing waiting anywhere.
@Suite struct OutageTests {
    /// What the seeds mean must stay: some have failed, as has the last.
    @Test(arguments: Array(UInt64(1)...200) + [462]) func soundAndPictureAreBackWithinASecond(seed: UInt64) throws {
        var random = SeededRandom(seed: seed &* 6007)
        let shortest = Int64.random(in: 0...150, using: &random)
        let longest = Int64.random(in: shortest...300, using: &random)
        let bad = LinkConditions(
            loss: .random(in: 0...0.2, using: &random), duplication: .random(in: 0...0.1, using: &random),
            delay: .milliseconds(shortest) ... .milliseconds(longest))
        // A tenth of a second to ten seconds; short ones as often as long ones.
        let outage = Duration.seconds(0.1 * exp2(.random(in: 0...6.65, using: &random)))
        // Also with a good network the other end may be far.
        let distance = Int64.random(in: 1...120, using: &random)
        let good = LinkConditions(delay: .milliseconds(distance) ... .milliseconds(distance + distance / 4))
        let comment = Comment("seed \(seed), \(bad), none for \(outage.inSeconds) s, then \(good)")
        var call = VirtualCall(seed: seed)
        call.addMedia()
        call.conditions = bad
        if seed % 2 == 0 { try call.negotiate() } else { try call.negotiateFromFar() }
        call.openSockets()
        call.connect(within: .seconds(30))
        call.play(for: .milliseconds(500))
        call.conditions.loss = 1
        call.play(for: outage)
        call.near.checkBounds(at: call.now, comment)
        call.far.checkBounds(at: call.now, comment)

        call.conditions = good
        let recovery = call.now
        call.play(for: .seconds(2))
        call.run(for: .milliseconds(200))
        call.near.checkReturn(of: call.far.pump.ticks, at: recovery, comment)
        call.far.checkReturn(of: call.near.pump.ticks, at: recovery, comment)
        call.near.checkBounds(at: call.now, comment)
        call.far.checkBounds(at: call.now, comment)

        // Everything that was asked for has come or was given up; a STUN request waits for 39.5 s.
        call.run(for: .seconds(42))
        #expect(call.near.peer.waiting == [:], comment)
        #expect(call.far.peer.waiting == [:], comment)
        call.near.peer.close(at: call.now)
        call.run(for: .seconds(1))
        #expect(call.near.peer.state == .closed && call.far.peer.state == .closed, comment)
        #expect(call.near.peer.nextDeadline == nil && call.far.peer.nextDeadline == nil, comment)
        #expect(call.network.inFlight == 0 && call.near.peer.waiting == [:] && call.far.peer.waiting == [:], comment)
    }
}

extension VirtualCall.End {
    /// The network came back at `recovery`, two seconds before the end of the media: all sound sent since has come, and
    /// within a second of it whole pictures come without a gap, none of them late.
    fileprivate func checkReturn(of ticks: Int, at recovery: Instant, _ comment: Comment) {
        let mended = ticks - 100
        let sounds = Set(audio.map(\.number))
        let missing = (mended..<ticks).filter { !sounds.contains($0) }
        #expect(missing.isEmpty, "sound \(missing) is missing, \(comment)")
        let back = recovery + .seconds(1)
        // Every other tick has a picture.
        var first = frames.count
        var due = (ticks - 1) / 2 * 2
        while first > 0, frames[first - 1].number == due {
            first -= 1
            due -= 2
        }
        guard first < frames.count, frames[first].at <= back else {
            Issue.record("pictures \(frames.map(\.number).filter { $0 >= mended }), \(comment)")
            return
        }
        let late = frames[first...].filter {
            $0.at > back && $0.at - recovery > .milliseconds(20 * ($0.number - mended) + 300)
        }
        #expect(late.isEmpty, "late \(late.map(\.number)), \(comment)")
    }
}

extension PeerConnection {
    /// How much waits in each queue that holds anything.
    fileprivate var waiting: [String: Int] {
        var depths = [
            "plaintext": plain.count, "handshake": earlyHandshake.count, "pacer": transport.pacer.queuedBytes,
            "requests to STUN": ice?.transactions.count ?? 0,
        ]
        for index in audioReceivers.indices where audioReceivers[index].receiver.nextDeadline != nil {
            depths["missing sound", default: 0] += 1
        }
        for index in videoReceivers.indices {
            depths["packets of pictures", default: 0] += videoReceivers[index].receiver.waitingPackets
            if videoReceivers[index].receiver.nextDeadline != nil { depths["missing pictures", default: 0] += 1 }
        }
        return depths.filter { $0.value != 0 }
    }
}

import Base
import Media
import Synchronization
import Testing

@testable import RoomDaemon

@Suite struct HeartbeatTests {
    private let began = Instant(nanoseconds: 1_000_000_000_000)

    @Test func aLoopThatBeatsInTimeGoesOn() {
        let loop = LoopPulse("audio")
        let heartbeat = Heartbeat([.init(pulse: loop)], patience: .seconds(5), at: began)
        for second in 0..<20 {
            let now = began + .seconds(second)
            #expect(heartbeat.stalled(at: now).isEmpty)
            loop.beat(at: now)
        }
    }

    @Test func theOneThatHangsIsNamedAndTheOthersHideNothing() {
        let (audio, media) = (LoopPulse("audio"), LoopPulse("media"))
        let heartbeat = Heartbeat([.init(pulse: audio), .init(pulse: media)], patience: .seconds(5), at: began)
        audio.beat(at: began)
        media.beat(at: began + .seconds(5))
        #expect(heartbeat.stalled(at: began + .seconds(5)).isEmpty)
        #expect(heartbeat.stalled(at: began + .seconds(6)) == ["audio"])
        audio.beat(at: began + .seconds(7))
        #expect(heartbeat.stalled(at: began + .seconds(8)).isEmpty)
    }

    @Test func aLoopThatNeverBeginsHangs() {
        let heartbeat = Heartbeat([.init(pulse: LoopPulse("display"))], patience: .seconds(5), at: began)
        #expect(heartbeat.stalled(at: began + .seconds(5)).isEmpty, "it has its time for the first turn")
        #expect(heartbeat.stalled(at: began + .seconds(6)) == ["display"])
    }

    @Test func loopsThatRestAreNudged() {
        let nudges = Mutex(0)
        let heartbeat = Heartbeat(
            [.init(pulse: LoopPulse("control")) { nudges.withLock { $0 += 1 } }, .init(pulse: LoopPulse("media"))],
            patience: .seconds(5), at: began)
        heartbeat.nudge()
        #expect(nudges.withLock { $0 } == 1)
    }
}

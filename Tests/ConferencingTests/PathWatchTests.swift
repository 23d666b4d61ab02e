import Base
import Janus
import Testing

@testable import Conferencing

@Suite struct PathWatchTests {
    /// A way on virtual time, looked at as often as the service does.
    private struct Path {
        var now = Instant.zero + .seconds(100)
        var watch = PathWatch()
        var signs = PathWatch.Signs(socket: .zero + .seconds(100), media: [:])
        /// How often something comes; nil for never.
        var rhythms: [JanusPeer: Duration] = [:]
        var isSocketThere = true
        var returns = 0
        private var step = 0

        init(_ rhythms: [JanusPeer: Duration]) {
            self.rhythms = rhythms
            for peer in rhythms.keys { signs.media[peer] = now }
            run(for: .seconds(20))
        }

        /// - Returns: how long it took until it was silent, nil when it was not.
        @discardableResult
        mutating func run(for duration: Duration, isDead: Bool = false) -> Duration? {
            let start = now
            while now - start < duration {
                now = now + .milliseconds(10)
                step += 1
                if !isDead {
                    for (peer, interval) in rhythms where now - signs.media[peer, default: .zero] >= interval {
                        signs.media[peer] = now
                    }
                    if isSocketThere, now - signs.socket >= .seconds(2) { signs.socket = now }
                }
                guard step % 25 == 0 else { continue }
                if watch.note(signs, at: now) { returns += 1 }
                if watch.isSilent(signs, at: now) { return now - start }
            }
            return nil
        }
    }

    private func expect(_ found: Duration?, isSilent: Bool, _ comment: Comment? = nil) {
        #expect((found != nil) == isSilent, comment)
    }

    typealias Rhythms = [JanusPeer: Duration]

    private static let busy: Rhythms = [.publisher: .milliseconds(200), .subscriber: .milliseconds(20)]

    @Test(arguments: [
        busy, [.publisher: .milliseconds(200)], [.publisher: .milliseconds(200), .subscriber: .seconds(5)],
    ])
    func aWayThatCarriedMuchIsKnownToBeDeadSoon(_ rhythms: [JanusPeer: Duration]) throws {
        // At whatever moment between two pings it dies.
        for lead in 0..<20 {
            var path = Path(rhythms)
            path.run(for: .milliseconds(lead * 100))
            let found = path.run(for: .seconds(10), isDead: true)
            let silent = try #require(found, "\(lead)")
            #expect(silent >= .seconds(1.9) && silent <= .seconds(3), "\(lead): \(silent)")
        }
    }

    /// A ping and what TCP sends in its place are lost: 3.4 s.
    @Test(
        arguments: [[:], [.publisher: .seconds(5)], [.publisher: .seconds(6), .subscriber: .seconds(4)]] as [Rhythms])
    func silenceOfAnIdleWayTellsNothing(_ rhythms: [JanusPeer: Duration]) {
        var path = Path(rhythms)
        path.isSocketThere = false
        expect(path.run(for: .seconds(4.5)), isSilent: false)
        expect(path.run(for: .seconds(2)), isSilent: true, "but several pings are")
    }

    @Test func tcpMayTakeAWhileToGetOverALossWhileMediaFlow() {
        var path = Path(Self.busy)
        path.isSocketThere = false
        expect(path.run(for: .seconds(4.5)), isSilent: false)
        expect(path.run(for: .seconds(2)), isSilent: true)
    }

    /// Everybody closes microphone and camera, and just then a ping is lost.
    @Test func mediaThatEndAreNoWayThatEnds() {
        var mistakes = 0
        for lead in 0..<20 {
            var path = Path(Self.busy)
            path.run(for: .milliseconds(lead * 100))
            path.rhythms = [.publisher: .seconds(5), .subscriber: .seconds(5)]
            path.run(for: .seconds(2))
            path.isSocketThere = false
            if path.run(for: .seconds(2.9)) != nil { mistakes += 1 }
        }
        // The last answer to a ping may have come right after the last datagram: it tells both.
        #expect(mistakes <= 5)
    }

    @Test func aHoleIsNoticedWhenItIsOver() {
        var path = Path(Self.busy)
        #expect(path.returns == 0)
        expect(path.run(for: .seconds(1), isDead: true), isSilent: false)
        path.run(for: .milliseconds(300))
        #expect(path.returns == 1)
        path.run(for: .seconds(20))
        #expect(path.returns == 1)
    }

    @Test func whatBecomesSeldomIsNoRowOfHoles() {
        var path = Path(Self.busy)
        path.rhythms = [.publisher: .seconds(1), .subscriber: .seconds(1)]
        path.run(for: .seconds(30))
        #expect(path.returns <= 1)
    }

    @Test func aLossSaysNothingAboutWhatIsUsual() {
        var path = Path(Self.busy)
        expect(path.run(for: .seconds(30), isDead: true), isSilent: true)
        #expect(path.watch.isLively(.publisher) && path.watch.isLively(.subscriber))
        path.now = path.now + .seconds(30)
        path.signs = PathWatch.Signs(socket: path.now, media: [.publisher: path.now, .subscriber: path.now])
        path.watch.resume(path.signs.media)
        path.run(for: .seconds(1))
        #expect(path.watch.isLively(.publisher) && path.returns == 0)
    }
}

import Base
import Testing

@testable import Meeting

@Suite struct ActiveSpeakerTests {
    private let anna = ParticipantID("1")
    private let bert = ParticipantID("2")

    /// Plays 20 ms packets of the given levels and returns when and to whom the choice changed.
    private func play(
        _ machine: inout ActiveSpeaker, from start: Int64, to end: Int64, _ level: (Int64) -> [(ParticipantID, Double)]
    ) -> [(at: Int64, who: ParticipantID?)] {
        var changes: [(Int64, ParticipantID?)] = []
        for time in stride(from: start, to: end, by: 20) {
            for (id, decibels) in level(time)
            where machine.heard(id, decibels: decibels, at: Instant(nanoseconds: time * 1_000_000)) {
                changes.append((time, machine.current))
            }
        }
        return changes
    }

    @Test func followsTheVoiceWithinASecond() throws {
        var machine = ActiveSpeaker()
        let changes = play(&machine, from: 0, to: 10_000) { time in
            time < 5000 ? [(anna, -20), (bert, -90)] : [(anna, -90), (bert, -35)]
        }
        #expect(changes.map(\.who) == [anna, bert])
        #expect(try #require(changes.first).at <= 1000)
        #expect((5000...6000).contains(try #require(changes.last).at))
    }

    @Test func doesNotFlapWhileTwoSpeak() {
        var random = SeededRandom(seed: 7)
        var machine = ActiveSpeaker()
        let changes = play(&machine, from: 0, to: 60_000) { _ in
            [(anna, -30 + Double(random.next() % 12) - 6), (bert, -30 + Double(random.next() % 12) - 6)]
        }
        #expect(changes.count == 1, "seed 7: \(changes)")
    }

    @Test func ignoresACough() {
        var machine = ActiveSpeaker()
        let changes = play(&machine, from: 0, to: 6000) { time in
            [(anna, time < 2000 ? -25 : -90), (bert, (3000..<3200).contains(time) ? -10 : -90)]
        }
        #expect(changes.map(\.who) == [anna])
    }

    @Test func bridgesPausesBetweenWords() {
        var machine = ActiveSpeaker()
        let changes = play(&machine, from: 0, to: 20_000) { time in
            [(anna, time % 1000 < 800 ? -25 : -90), (bert, (time + 500) % 1000 < 150 ? -40 : -90)]
        }
        #expect(changes.map(\.who) == [anna])
    }

    @Test func letsAClearlyLouderVoiceOverrule() {
        var machine = ActiveSpeaker()
        let changes = play(&machine, from: 0, to: 8000) { time in
            [(anna, -45), (bert, time < 3000 ? -90 : -15)]
        }
        #expect(changes.map(\.who) == [anna, bert])
    }

    @Test func worksFromTalkingNotesAlone() {
        var machine = ActiveSpeaker()
        machine.talking(anna, true, at: .zero)
        #expect(machine.current == nil)
        let due = machine.nextDeadline
        #expect(due == .zero + .milliseconds(300))
        machine.handleTimeout(at: .zero + .milliseconds(300))
        #expect(machine.current == anna)
        let later = Instant.zero + .seconds(20)
        machine.talking(bert, true, at: later)
        machine.talking(anna, false, at: later + .milliseconds(100))
        #expect(machine.current == anna)
        machine.handleTimeout(at: later + .milliseconds(500))
        #expect(machine.current == bert)
    }

    @Test func forgetsWhoLeft() {
        var machine = ActiveSpeaker()
        _ = play(&machine, from: 0, to: 1000) { _ in [(anna, -20)] }
        #expect(machine.current == anna)
        machine.remove(anna, at: .zero + .seconds(1))
        #expect(machine.current == nil)
        #expect(machine.nextDeadline == nil)
    }

    @Test func survivesAnyInput() {
        for seed in UInt64(1)...20 {
            var random = SeededRandom(seed: seed)
            var machine = ActiveSpeaker()
            var now = Instant.zero
            for _ in 0..<2000 {
                now += .milliseconds(Int64(random.next() % 300))
                let id = ParticipantID(String(random.next() % 5))
                switch random.next() % 5 {
                case 0: machine.talking(id, random.next() % 2 == 0, at: now)
                case 1: machine.remove(id, at: now)
                case 2: machine.handleTimeout(at: now)
                default:
                    machine.heard(id, decibels: random.next() % 9 == 0 ? .nan : -Double(random.next() % 128), at: now)
                }
            }
        }
    }
}

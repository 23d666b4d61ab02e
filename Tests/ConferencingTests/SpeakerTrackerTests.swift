import Base
import Meeting
import Testing

@testable import Conferencing

@Suite struct SpeakerTrackerTests {
    private let me = ParticipantID("1")
    private let anna = ParticipantID("2")

    private func levels(_ pairs: [(ParticipantID, Double)]) -> [ParticipantID: AudioLevel] {
        Dictionary(uniqueKeysWithValues: pairs.map { ($0.0, AudioLevel(decibels: $0.1, voice: $0.1 > -50)) })
    }

    @Test func marksWhoSpeaksAndFollows() {
        var tracker = SpeakerTracker()
        var active: [ParticipantID?] = []
        var marks: [Bool] = []
        for step in 0..<40 {
            let now = Instant.zero + .milliseconds(100 * step)
            let changes = tracker.update(levels([(me, -10), (anna, step < 20 ? -20 : -100)]), own: me, at: now)
            if let change = changes.active { active.append(change) }
            if let mark = changes.speaking[anna] { marks.append(mark) }
        }
        // Ourselves never, however loud.
        #expect(active == [anna])
        #expect(marks == [true, false])
        #expect(tracker.isSpeaking(me))
    }

    @Test func forgetsWhoLeaves() {
        var tracker = SpeakerTracker()
        for step in 0..<10 {
            _ = tracker.update(levels([(anna, -20)]), own: me, at: .zero + .milliseconds(100 * step))
        }
        #expect(tracker.remove(anna, at: .zero + .seconds(1)).active == .some(nil))
        #expect(!tracker.isSpeaking(anna))
    }
}

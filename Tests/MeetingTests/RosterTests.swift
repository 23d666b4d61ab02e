import Testing

@testable import Meeting

@Suite struct RosterTests {
    private let anna = ParticipantID("1")

    @Test func joinsOnce() {
        var roster = Roster()
        let joined = roster.join(anna, name: "Anna")
        #expect(joined == [.participantJoined(Participant(id: anna, name: "Anna"))])
        let again = roster.join(anna, name: "Anna")
        #expect(again.isEmpty)
        let nameless = roster.join(anna, name: nil)
        #expect(nameless.isEmpty)
        let renamed = roster.join(anna, name: "Ångström")
        #expect(renamed == [.participantUpdated(Participant(id: anna, name: "Ångström"))])
    }

    @Test func tellsTracksPerKind() {
        var roster = Roster()
        _ = roster.join(anna, name: "Anna")
        let published = roster.publish(anna, [.audio, .video], microphone: .on, camera: .on)
        #expect(published.prefix(2) == [.trackPublished(anna, .audio), .trackPublished(anna, .video)])
        let repeated = roster.publish(anna, [.audio, .video], microphone: .on, camera: .on)
        #expect(repeated.isEmpty)
        let closed = roster.publish(anna, [.audio], microphone: .on, camera: .off)
        #expect(closed.first == .trackUnpublished(anna, .video, .participant))
        #expect(roster[anna]?.camera == .off)
    }

    @Test func stopsTheShareBeforeTheLeave() {
        var roster = Roster()
        _ = roster.join(anna, name: "Anna")
        _ = roster.publish(anna, [.audio, .screen], microphone: .on, camera: .off)
        let leaving = roster.leave(anna, .dropped)
        #expect(
            leaving == [
                .trackUnpublished(anna, .audio, .dropped), .trackUnpublished(anna, .screen, .dropped),
                .shareStopped(anna, reason: "dropped"), .participantLeft(anna, .dropped),
            ])
        let twice = roster.leave(anna, .dropped)
        #expect(twice.isEmpty)
    }

    @Test func reconcilesAfterAReturn() {
        var roster = Roster()
        for index in 1...3 { _ = roster.join(ParticipantID("\(index)"), name: "n") }
        let gone = roster.retain([ParticipantID("2")])
        #expect(gone.count == 2)
        #expect(roster.participants.keys.map(\.rawValue) == ["2"])
    }

    @Test func movesTheHost() {
        var roster = Roster()
        _ = roster.join(anna, name: "Anna")
        let first = roster.setHost(anna)
        #expect(first.last == .hostChanged(former: nil, host: anna))
        let second = roster.setHost(anna)
        #expect(second.isEmpty)
        #expect(roster[anna]?.role == .host)
    }

    @Test func staysBounded() {
        var roster = Roster()
        for index in 0..<5000 { _ = roster.join(ParticipantID("\(index)"), name: "n") }
        #expect(roster.participants.count == Roster.limit)
    }

    @Test func errorsMapToTheContract() {
        #expect(MeetingError.allCases.count == 29)
        #expect(Set(MeetingError.allCases.map(\.message)).count == 29)
        #expect(MeetingError.allCases.allSatisfy { $0.message.hasSuffix(".") })
        #expect(AudioLevel(decibels: -127, voice: false).linear == 0)
        #expect(AudioLevel(decibels: 0, voice: true).linear == 255)
        #expect(AudioLevel(decibels: .nan, voice: true).decibels == -127)
    }
}

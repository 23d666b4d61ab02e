import Base
import ControlAPI
import JSON
import Testing

@Suite struct EventFeedTests {
    private let participant = RoomState.Participant(name: "مرحبا")
    private let device = DeviceDescription(
        id: "c", kind: .camera, name: "Pattern", bus: "simulated", state: .active, selected: true)

    private var oneOfEach: [RoomEvent] {
        [
            .meetingJoined(first: true), .meetingLeft(reason: "left"), .meetingEnded(reason: "host"),
            .meetingReconnecting, .participantJoined(id: "2", participant),
            .participantLeft(id: "2", name: nil, .dropped), .participantUpdated(id: "2", participant),
            .trackPublished(participant: "2", .screen), .trackUnpublished(participant: "2", .audio, reason: "left"),
            .speakerActive(participant: nil),
            .audioLevels(["2": .init(linear: 300, decibels: .nan, voice: true)]), .hostChanged(former: nil, host: "2"),
            .requestReceived(request: "r", kind: "microphone", from: "2"),
            .requestAnswered(request: "r", accepted: false, reason: "declined"), .shareStarted(participant: "2"),
            .shareStopped(reason: "left"), .recordingStarted(.service),
            .recordingStopped(reason: "asked", files: ["a"]),
            .deviceAdded(device), .deviceRemoved(device), .deviceChanged(device), .scheduleChanged,
            .healthChanged(.init()),
        ]
    }

    @Test func everyEventFitsItsDescription() throws {
        #expect(Set(oneOfEach.map(\.name)) == Set(EventName.allCases))
        for event in oneOfEach {
            #expect(throws: Never.self, "\(event.name.rawValue)") { try event.name.data.validate(event.data) }
        }
    }

    @Test func subscribersGetTheEventsTheyNamedCountedByOne() throws {
        var feed = EventFeed()
        let all = try feed.subscribe(ClientID(1), to: [])
        let some = try feed.subscribe(ClientID(2), to: [.scheduleChanged])
        var received: [EventFeed.Notification] = []
        for event in oneOfEach { received += feed.publish(event, at: UTCTime(seconds: 1)) }
        received += feed.publish(.scheduleChanged, at: UTCTime(seconds: 2))
        #expect(received.filter { $0.subscription == all }.map(\.sequence) == Array(1...24))
        #expect(received.filter { $0.subscription == some }.map(\.sequence) == [1, 2])
        #expect(
            received.last?.request.json == [
                "jsonrpc": "2.0", "method": "event",
                "params": [
                    "subscription": .integer(Int64(some)), "sequence": 2, "time": "1970-01-01T00:00:02.000Z",
                    "name": "schedule.changed", "data": [:],
                ],
            ])
        #expect(throws: RPCError.self) { try feed.unsubscribe(all, by: ClientID(2)) }
        try feed.unsubscribe(all, by: ClientID(1))
        feed.remove(ClientID(2))
        #expect(feed.publish(.scheduleChanged, at: UTCTime(seconds: 3)).isEmpty)
    }
}

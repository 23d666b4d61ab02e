import Logging
import Meeting
import Synchronization
import Testing

@testable import Conferencing

/// Out means that nothing of the old connection is left that could disturb the next.
@Suite(.timeLimit(.minutes(1))) struct ConferenceEndTests {
    private final class Notes: Sendable {
        private let words = Mutex<[String]>([])

        var all: [String] { words.withLock { $0 } }

        func add(_ word: String) { words.withLock { $0.append(word) } }
    }

    private let service = FakeService()
    private let conference: Conference

    init() {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let service = service
        conference = Conference(
            sender: ConferenceSender(), meter: LevelMeter(), reconnectFor: .seconds(20), logger: logger
        ) { _ in service }
    }

    private func join() async throws {
        let address = try MeetingAddress("janus+ws://example.org/?room=1")
        _ = try await conference.join(
            address, JoinOptions(displayName: "x"), media: LocalMedia(microphone: .open, camera: .open))
    }

    @Test func everyLeaveWaitsUntilTheMeetingIsLeft() async throws {
        try await join()
        let order = Notes()
        let first = Task {
            await conference.leave()
            order.add("left")
        }
        while await service.leaves == 0, !Task.isCancelled { await Task.yield() }
        let second = Task {
            await conference.leave()
            order.add("left")
        }
        // Long enough for a leave that does not wait.
        for _ in 0..<1000 { await Task.yield() }
        order.add("closed")
        await service.close()
        await first.value
        await second.value
        #expect(order.all == ["closed", "left", "left"])
    }

    @Test func aMeetingThatEndsByItselfIsLeftWhenItsMediaIsClosed() async throws {
        try await join()
        var reader = EventReader(conference)
        service.output.yield(.event(.left(.ended)))
        #expect(await reader.next() == .left(.ended))
        #expect(await conference.meeting == nil)
        let order = Notes()
        let leave = Task {
            await conference.leave()
            order.add("left")
        }
        for _ in 0..<1000 { await Task.yield() }
        // The old connection is still being closed, and a join would share the sender with it: it waits.
        let next = Task {
            try await join()
            order.add("joined")
        }
        for _ in 0..<1000 { await Task.yield() }
        order.add("closed")
        await service.close()
        await leave.value
        try await next.value
        #expect(order.all.first == "closed" && Set(order.all) == ["closed", "left", "joined"])
        #expect(await conference.meeting?.selfID == ParticipantID("77"))
    }
}

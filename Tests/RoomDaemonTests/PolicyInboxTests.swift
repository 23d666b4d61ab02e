import Base
import ControlAPI
import Meeting
import Room
import Testing

@testable import RoomDaemon

@Suite struct PolicyInboxTests {
    private let inbox = PolicyInbox()
    private let generation = MeetingGeneration(1)

    private func add(_ input: RoomInput) -> Bool { inbox.add(.happened(input)) }

    private func words(_ events: [PolicyInbox.Event]) -> [String] {
        events.map { event in
            switch event {
            case .saved(let number, _): "saved \(number)"
            case .happened(.command(let id, _, _)): "command \(id.number)"
            case .happened(.levels(let microphone, _)): "levels \(Int(microphone))"
            case .happened(.device(.camera(_, let isOpen, _, _))): isOpen ? "camera on" : "camera off"
            case .happened(.meeting(_, .left)): "left"
            case .happened(.meeting(_, .audioLevels)): "voices"
            case .happened(.meeting): "meeting"
            case .happened: "other"
            }
        }
    }

    @Test func everythingComesOutInOrderAndOfLevelsTheNewest() {
        _ = add(.levels(microphone: -60, speaker: -60))
        _ = add(.command(CommandID(1), .health, access: .operator))
        _ = add(.device(.camera(condition: .working, isOpen: false, device: nil, format: nil)))
        _ = add(.levels(microphone: -50, speaker: -60))
        _ = add(.device(.camera(condition: .working, isOpen: true, device: nil, format: nil)))
        _ = inbox.add(.saved(1, problem: nil))
        #expect(words(inbox.takeAll()) == ["levels -50", "command 1", "camera on", "saved 1"])
        _ = add(.levels(microphone: -40, speaker: -60))
        _ = add(.levels(microphone: -30, speaker: -60))
        #expect(words(inbox.takeAll()) == ["levels -30"])
        #expect(inbox.takeAll().isEmpty)
    }

    @Test func ofWhatMediaDidOnlyTheNewestWaits() {
        for second in 1...1000 { #expect(add(.media(MediaReport(length: .seconds(second))))) }
        guard case .happened(.media(let report))? = inbox.takeAll().last else {
            Issue.record("expected a report")
            return
        }
        #expect(report.length == .seconds(1000) && inbox.depth.dropped == 0)
    }

    @Test func aFloodOfLevelsCostsNoCommandItsPlace() {
        for index in 0..<100_000 {
            #expect(add(.levels(microphone: Double(-index % 100), speaker: -10)))
            _ = add(.meeting(generation, .audioLevels([:])))
        }
        #expect(add(.command(CommandID(7), .leaveMeeting(transferTo: nil), access: .operator)))
        #expect(add(.meeting(generation, .left(.removed))))
        #expect(words(inbox.takeAll()).count == 4)
    }

    @Test func aServiceThatFloodsLosesWhatItSaysButNotThatTheMeetingIsOver() {
        for _ in 0..<PolicyInbox.tidingsLimit { #expect(add(.meeting(generation, .reconnecting))) }
        #expect(!add(.meeting(generation, .reconnected)))
        #expect(add(.meeting(generation, .left(.dropped))))
        #expect(add(.command(CommandID(1), .health, access: .operator)))
        #expect(inbox.takeDropped() == 1 && inbox.takeDropped() == 0)
        #expect(words(inbox.takeAll()).suffix(2) == ["left", "command 1"])
        #expect(add(.meeting(generation, .reconnected)))
    }

    @Test func oneWakeIsEnoughForAllThatWaits() async {
        for index in 0..<10 { _ = add(.command(CommandID(UInt64(index)), .health, access: .operator)) }
        var wakes = inbox.wakes.makeAsyncIterator()
        await wakes.next()
        #expect(inbox.takeAll().count == 10)
        inbox.ring()
        await wakes.next()
        #expect(inbox.takeAll().isEmpty)
    }

    @Test func whatComesAfterAllWasTakenWakesAgain() async {
        var wakes = inbox.wakes.makeAsyncIterator()
        for number in 0..<100 {
            #expect(add(.command(CommandID(UInt64(number)), .health, access: .operator)))
            #expect(add(.levels(microphone: -1, speaker: -1)))
            await wakes.next()
            #expect(inbox.takeAll().count == 2)
        }
    }
}

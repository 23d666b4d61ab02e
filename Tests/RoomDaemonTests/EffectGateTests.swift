import Base
import ControlAPI
import JSON
import Room
import Testing

@testable import RoomDaemon

@Suite struct EffectGateTests {
    private let start = Instant.zero + .seconds(100)
    private let memory = RoomMemory()

    private func words(_ effects: [RoomEffect]) -> [String] {
        effects.map { effect in
            switch effect {
            case .answer(let id, _): "answer \(id.number)"
            case .leave(let generation): "leave \(generation.number)"
            case .setSending(let isSending): isSending ? "send" : "silence"
            case .setMicrophone: "microphone"
            case .setCamera: "camera"
            case .readyToEnd: "end"
            case .event: "event"
            default: "other"
            }
        }
    }

    private func words(_ actions: [EffectGate.Action]) -> [String] {
        actions.map { action in
            switch action {
            case .save(let number, _): "save \(number)"
            case .perform(let effect): words([effect])[0]
            }
        }
    }

    private func answer(_ id: UInt64) -> RoomEffect { .answer(CommandID(id), .success([:])) }

    @Test func leavesAndAnswersWaitForTheDiskAndNothingElseDoes() {
        var gate = EffectGate()
        let now = gate.admit(
            [
                .remember(memory), .setSending(false), .leave(MeetingGeneration(1)), .setMicrophone(isOpen: false),
                answer(1), .event(.scheduleChanged),
            ], at: start)
        #expect(words(now) == ["save 1", "silence", "microphone", "event"])
        #expect(words(gate.admit([answer(2), .setCamera(isOpen: true)], at: start)) == ["answer 2", "camera"])
        #expect(words(gate.saved(1, at: start)) == ["leave 1", "answer 1"])
        #expect(gate.deadline == nil)
        #expect(words(gate.admit([.leave(MeetingGeneration(2)), answer(3)], at: start)) == ["leave 2", "answer 3"])
    }

    @Test func leavesKeepTheirOrderAlsoWhenOnlyTheFirstHasToWait() {
        var gate = EffectGate()
        _ = gate.admit([.remember(memory), .leave(MeetingGeneration(1))], at: start)
        #expect(words(gate.admit([.leave(MeetingGeneration(2)), answer(5)], at: start)) == ["answer 5"])
        _ = gate.admit([.remember(memory), answer(6)], at: start)
        #expect(words(gate.admit([.readyToEnd], at: start)).isEmpty)
        #expect(words(gate.saved(1, at: start)) == ["leave 1", "leave 2"])
        #expect(words(gate.saved(2, at: start)) == ["answer 6", "end"])
    }

    @Test func theEndWaitsForWhatWasRememberedShortlyBeforeAndItsAnswer() {
        var gate = EffectGate()
        _ = gate.admit([.remember(memory), answer(1)], at: start)
        #expect(words(gate.admit([.readyToEnd], at: start + .seconds(1))).isEmpty)
        #expect(words(gate.saved(1, at: start + .seconds(2))) == ["answer 1", "end"])
        _ = gate.admit([.remember(memory)], at: start + .seconds(3))
        #expect(words(gate.admit([.readyToEnd], at: start + .seconds(3))).isEmpty, "also when nothing else waits")
        #expect(gate.giveUp(at: start + .seconds(8)).map(words) == ["end"], "but not for ever")
    }

    @Test func aSaveThatSaysAllThatAnEarlierDoesStandsForIt() {
        var gate = EffectGate()
        _ = gate.admit([.remember(memory), answer(1)], at: start)
        _ = gate.admit([.remember(memory), answer(2)], at: start)
        #expect(words(gate.saved(2, at: start)) == ["answer 1", "answer 2"])
        #expect(gate.saved(1, at: start).isEmpty)
    }

    @Test func aDiskThatHangsHoldsTheRoomUpForAFewSecondsOnly() {
        var gate = EffectGate()
        _ = gate.admit([.remember(memory), .leave(MeetingGeneration(1)), answer(1)], at: start)
        #expect(gate.deadline == start + .seconds(5))
        #expect(gate.giveUp(at: start + .milliseconds(4999)).map(words) == nil)
        #expect(gate.giveUp(at: start + .seconds(5)).map(words) == ["leave 1", "answer 1"])
        #expect(gate.deadline == nil && gate.giveUp(at: start + .seconds(99)).map(words) == nil)
        #expect(gate.saved(1, at: start + .seconds(60)).isEmpty)
    }
}

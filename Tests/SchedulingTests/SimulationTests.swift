import Base
import Scheduling
import TestSupport
import Testing

@Suite struct SimulationTests {
    @Test func simulationIsWhatThenHappens() {
        for seed in UInt64(1)...400 {
            var random = SeededRandom(seed: seed)
            let policy = Self.policy(&random)
            let events = (0..<Int.random(in: 1...14, using: &random)).map { Self.event($0, &random) }
            let start = at("06:00")
            let end = at("23:00", day: 3)
            var room = RoomDriver(Planner(policy: policy), at: start)
            room.planner.update(events, at: start)
            let expected = room.planner.simulate(from: start, to: end)
            room.advance(to: end)
            #expect(room.log == expected, "seed \(seed)")
            #expect(room.violations.isEmpty, "seed \(seed): \(room.violations)")
            let settled = Set(room.log.filter { $0.action != .countdown }.map(\.event))
            #expect(settled == Set(events.map(\.id)), "seed \(seed)")
        }
    }

    @Test func peopleClocksAndFailuresBreakNoRule() {
        for seed in UInt64(1)...400 {
            var random = SeededRandom(seed: seed &* 7919)
            let policy = Self.policy(&random)
            var events = (0..<Int.random(in: 1...14, using: &random)).map { Self.event($0, &random) }
            var room = RoomDriver(Planner(policy: policy), at: at("06:00"))
            let seedOfFailures = random.next()
            room.failing = { id in
                let isFailing = (UInt64(id.utf8.reduce(0) { $0 &* 31 &+ Int($1) }) ^ seedOfFailures) % 5 == 0
                return isFailing ? (Why(code: "x", text: "x"), seedOfFailures % 3 == 0) : nil
            }
            room.update(events)
            // Moving an entry makes another meeting of it, so here entries keep their times.
            for _ in 0..<40 {
                room.advance(to: room.now + .seconds(Int.random(in: 1...4000, using: &random)))
                switch Int.random(in: 0...9, using: &random) {
                case 0 where room.isInMeeting: room.tell(.left(.onPurpose))
                case 1 where room.isInMeeting: room.tell(.left(.ended))
                case 2 where room.isInMeeting:
                    room.tell(.joinFailed(event: room.meeting, why: Why(code: "y", text: "y"), isPermanent: false))
                case 3: room.tell(.alone(Bool.random(using: &random)))
                case 4 where !room.isInMeeting:
                    room.tell(.joining(event: nil))
                    room.tell(.joined(event: nil))
                case 5:
                    events[Int.random(in: events.indices, using: &random)].status = .cancelled
                    room.update(events)
                case 6: room.tell(.dismissed(event: events[Int.random(in: events.indices, using: &random)].id))
                case 7: room.setClock(to: room.now + .seconds(Int.random(in: -90_000...90_000, using: &random)))
                default: room.update(events)
                }
            }
            #expect(room.violations.isEmpty, "seed \(seed): \(room.violations)")
        }
    }

    @Test func aYearOfMeetingsIsSimulatedInASecond() {
        var events: [CalendarEvent] = []
        for day in 0..<365 {
            for (hour, length) in [(8, 60), (9, 30), (11, 45), (14, 60), (15, 60)] {
                let start = at("00:00") + .seconds(day * 86_400 + hour * 3600)
                events.append(
                    CalendarEvent(
                        id: "e\(day)-\(hour)", title: "", start: start, end: start + .seconds(length * 60),
                        link: .address("janus+ws://sfu/?room=\(hour)")))
            }
        }
        var planner = Planner(policy: JoinPolicy())
        planner.update(events, at: at("00:00"))
        var decisions: [Decision] = []
        let time = processorTime {
            decisions = planner.simulate(from: at("00:00"), to: at("00:00") + .seconds(366 * 86_400), limit: 100_000)
        }
        #expect(decisions.filter { $0.action == .join || $0.action == .handover }.count == events.count)
        #expect(decisions.filter { $0.action == .handover }.count == 2 * 365, "8 to 9, and 14 to 15")
        #expect(decisions.filter { $0.action == .skip }.isEmpty)
        #expect(time < .seconds(20))
    }

    @Test func simulationTakesARunningMeetingIntoAccount() {
        var room = RoomDriver([meeting("a", "10:00", "11:00"), meeting("b", "11:00", "12:00")], at: at("09:00"))
        room.advance(to: at("10:30"))
        let decisions = room.planner.simulate(from: at("10:30"), to: at("13:00"))
        #expect(decisions.map(\.action) == [.countdown, .handover, .leave])
        let later = room.planner.simulate(from: at("11:30"), to: at("13:00"))
        #expect(later.map(\.action) == [.leave], "what was decided before the window is not listed")
    }

    @Test func simulationEndsAJoinUnderWayAndAnUnscheduledMeeting() {
        var joining = Planner(policy: JoinPolicy())
        joining.update([meeting("a", "10:00", "11:00"), meeting("b", "12:00", "13:00")], at: at("09:00"))
        joining.handleTimeout(at: at("09:59"))
        joining.handleTimeout(at: at("09:59:10"))
        while joining.pollDecision() != nil {}
        let decisions = joining.simulate(from: at("09:59:10"), to: at("14:00"))
        #expect(decisions.map(\.event) == ["a", "b", "b", "b"])

        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:00"))
        room.tell(.joined(event: nil))
        let actions = room.planner.simulate(from: at("09:00"), to: at("14:00")).map(\.action)
        #expect(actions == [.leave, .countdown, .join, .leave])
    }

    @Test func aRoomThatWaitsForNobodyIsSimulatedToTheEnd() {
        let policy = JoinPolicy(alone: .zero)
        var room = RoomDriver([meeting("a", "10:00", "11:00")], policy: policy, at: at("09:00"))
        let expected = room.planner.simulate(from: at("09:00"), to: at("12:00"))
        #expect(expected.map(\.action) == [.countdown, .join, .leave])
        room.advance(to: at("12:00"))
        #expect(room.log == expected)
    }

    /// Whatever became of an entry since it was due: to read the calendar once more says nothing new.
    @Test func theSameCalendarReadAgainDecidesNothing() {
        let events = [meeting("a", "10:00", "12:00") { $0.isAllDay = true }]
        var room = RoomDriver(events, at: at("09:00"))
        room.advance(to: at("11:00"))
        room.tell(.dismissed(event: "a"))
        let known = room.log.count
        room.update(events)
        #expect(room.log.count == known, "\(room.story)")
    }

    @Test func theLimitHolds() {
        let planner: Planner = {
            var planner = Planner(policy: JoinPolicy())
            planner.update((0..<50).map { meeting("e\($0)", "10:00", "11:00") }, at: at("09:00"))
            return planner
        }()
        #expect(planner.simulate(from: at("09:00"), to: at("12:00"), limit: 7).count == 7)
    }

    // MARK: - Random calendars

    private static func policy(_ random: inout SeededRandom) -> JoinPolicy {
        JoinPolicy(
            rule: [.always, .always, .accepted, .button].randomElement(using: &random) ?? .always,
            organizers: Bool.random(using: &random) ? ["*"] : ["*@example.org"],
            countdown: .seconds(Int.random(in: 0...30, using: &random)),
            early: .seconds(Int.random(in: 0...300, using: &random)),
            late: .seconds(Int.random(in: 60...1800, using: &random)),
            overstay: .seconds(Int.random(in: 0...1200, using: &random)),
            alone: .seconds(Int.random(in: 1...600, using: &random)))
    }

    private static func event(_ index: Int, _ random: inout SeededRandom) -> CalendarEvent {
        let start = at("08:00") + .seconds(Int.random(in: 0...110, using: &random) * 900)
        let links: [MeetingLink] = [
            .address("janus+ws://sfu/?room=1"), .address("janus+ws://sfu/?room=2"),
            .address("janus+ws://sfu/?room=3"), .none, .unsupported(service: "Zoom", url: "https://zoom.us/j/1"),
        ]
        return CalendarEvent(
            id: "e\(index)", title: "Event \(index)", start: start,
            end: start + .seconds([0, 300, 900, 1800, 3600, 3600, 7200, 30_000].randomElement(using: &random) ?? 0),
            isAllDay: Int.random(in: 0...12, using: &random) == 0,
            status: Int.random(in: 0...9, using: &random) == 0 ? .cancelled : .confirmed,
            organizer: ["anna@example.org", "eve@elsewhere.test", nil].randomElement(using: &random) ?? nil,
            participation: [.accepted, .accepted, .tentative, .declined, .needsAction, nil]
                .randomElement(using: &random) ?? nil,
            link: links.randomElement(using: &random) ?? .none)
    }
}

import Base
import Calendars
import Foundation
import Testing

@testable import Scheduling

/// `schedule.simulate` says what the planner then does: shown on random calendars, from the text on, that change and are
/// disturbed while they are followed.
@Suite struct SimulatedScheduleTests {
    /// Calendars to try: 300, or as many as `ROOMD_TEST_CALENDARS` says.
    private static let count: UInt64 =
        ProcessInfo.processInfo.environment["ROOMD_TEST_CALENDARS"].flatMap(UInt64.init) ?? 300

    @Test func whatIsSimulatedThenHappens() throws {
        var compared = 0
        for seed in 1...Self.count {
            compared += try follow(seed)
        }
        // Calendars on which nothing happens would show nothing.
        #expect(compared > Int(Self.count) * 5, "\(compared) decisions compared")
    }

    /// - Returns: how many decisions were foretold, and made.
    private func follow(_ seed: UInt64) throws -> Int {
        var random = SeededRandom(seed: seed)
        var calendar = RandomCalendar(&random)
        var room = try FollowedRoom(policy: Self.policy(&random), at: calendar.start)
        try room.read(calendar.text)
        let end = calendar.start + .seconds(4 * 86_400)
        var compared = 0
        while room.now < end {
            let expected = room.planner.simulate(from: room.now, to: end)
            let known = room.log.count
            room.everybodyLeavesUnscheduled()
            let next = min(end, room.now + .seconds(Int.random(in: 1...100_000, using: &random)))
            try room.advance(to: next, &random)
            let made = Array(room.log[known...])
            let foretold = expected.filter { $0.at <= next }
            guard made == foretold else {
                let text = String(decoding: calendar.text, as: UTF8.self)
                let differs = zip(made, foretold).prefix { $0 == $1 }.count
                Issue.record(
                    """
                    seed \(seed), \(room.planner.policy)
                    foretold \(foretold[differs...].prefix(3).map(Self.line)), made \(made[differs...].prefix(3).map(Self.line))
                    after \(room.log[..<(known + differs)].suffix(6).map(Self.line))
                    disturbed \(room.disturbances.suffix(8))
                    \(text)
                    """)
                return compared
            }
            compared += made.count
            try Self.disturb(&room, &calendar, &random)
        }
        return compared
    }

    private static func line(_ decision: Decision) -> String {
        "\(decision.at) \(decision.action) \(decision.event) \(decision.why.code)"
    }

    /// What nobody can foretell: the calendar changes, people do something, the network fails, the clock is set.
    private static func disturb(
        _ room: inout FollowedRoom, _ calendar: inout RandomCalendar, _ random: inout SeededRandom
    ) throws {
        switch Int.random(in: 0..<16, using: &random) {
        case 0: room.tell(.left(.onPurpose))
        case 1: room.tell(.left(.ended))
        case 2:
            if let event = room.planner.schedule(at: room.now).randomElement(using: &random)?.event.id {
                room.tell(.dismissed(event: event))
            }
        case 3:
            room.tell(.joinFailed(event: room.planner.currentEvent, why: Why(code: "x", text: "x"), isPermanent: false))
        case 4: room.joinByHand(nil)
        case 5: room.joinByHand(room.planner.schedule(at: room.now).randomElement(using: &random)?.event.id)
        case 6: room.setClock(to: room.now + .seconds(Int.random(in: -20_000...20_000, using: &random)))
        case 7: room.restart()
        default:
            calendar.change(&random)
            try room.read(calendar.text)
        }
    }

    private static func policy(_ random: inout SeededRandom) -> JoinPolicy {
        JoinPolicy(
            rule: [.always, .always, .always, .accepted, .button].randomElement(using: &random) ?? .always,
            organizers: Int.random(in: 0..<3, using: &random) > 0 ? ["*"] : ["*@example.org"],
            countdown: .seconds([0, 10, 10, 30, 300].randomElement(using: &random) ?? 10),
            early: .seconds([0, 60, 60, 300, 3600].randomElement(using: &random) ?? 60),
            late: .seconds([0, 60, 900, 900, 7200].randomElement(using: &random) ?? 900),
            overstay: .seconds([0, 600, 600, 3600].randomElement(using: &random) ?? 600),
            alone: .seconds([0, 1, 300, 300, 1200].randomElement(using: &random) ?? 300))
    }
}

/// A room that does what its planner says under the assumptions of `simulate`: joins succeed, and people stay until a
/// meeting's end. It also wakes and reads its calendar when there is nothing new, which must change nothing.
private struct FollowedRoom {
    var planner: Planner
    private(set) var now: UTCTime
    private(set) var log: [Decision] = []
    /// What nobody could foretell, for people.
    private(set) var disturbances: [String] = []
    private let reader: ICalendar
    private var text: [UInt8] = []

    init(policy: JoinPolicy, at now: UTCTime) throws {
        planner = Planner(policy: policy)
        self.now = now
        reader = ICalendar(
            try ICalendar.Settings(zone: "Europe/Berlin", address: "room@example.org", rules: corporate))
    }

    mutating func read(_ text: [UInt8]) throws {
        disturbances.append("\(now) the calendar changes")
        self.text = text
        try readAgain()
    }

    private mutating func readAgain() throws {
        let window = (now - CalendarReader.past)..<(now + CalendarReader.future)
        let reading = try reader.read(text, in: window, at: now)
        precondition(reading.problems.isEmpty, "\(reading.problems)")
        planner.update(reading.events, at: now)
        follow()
    }

    mutating func tell(_ fact: Planner.Fact) {
        disturbances.append("\(now) \(fact)")
        planner.handle(fact, at: now)
        follow()
    }

    /// Who is in a meeting has to leave it first.
    mutating func joinByHand(_ event: String?) {
        if case .inMeeting = planner.occupancy { tell(.left(.onPurpose)) }
        tell(.joining(event: event))
        tell(.joined(event: event))
        tell(.alone(false))
    }

    /// The daemon is started again, with what it remembers.
    mutating func restart() {
        disturbances.append("\(now) restart")
        let events = planner.schedule(at: now).map(\.event)
        planner = Planner(policy: planner.policy, memory: planner.memory)
        planner.update(events, at: now)
        follow()
    }

    mutating func setClock(to time: UTCTime) {
        disturbances.append("\(now) the clock is set to \(time)")
        now = time
        planner.handleTimeout(at: now)
        follow()
    }

    /// A running meeting that is not in the calendar is taken to be deserted from now on.
    mutating func everybodyLeavesUnscheduled() {
        guard case .inMeeting = planner.occupancy, planner.running == nil else { return }
        tell(.alone(true))
    }

    mutating func advance(to end: UTCTime, _ random: inout SeededRandom) throws {
        var disturbance = now + Self.pause(&random)
        while true {
            let next = planner.nextDeadline(after: now)
            if disturbance < end, disturbance < next ?? .init(milliseconds: .max) {
                now = disturbance
                disturbance = now + Self.pause(&random)
                if Bool.random(using: &random) {
                    try readAgain()
                } else {
                    planner.handleTimeout(at: now)
                    follow()
                }
                continue
            }
            guard let next, next <= end else { break }
            now = next
            planner.handleTimeout(at: now)
            follow()
        }
        now = end
        planner.handleTimeout(at: now)
        follow()
    }

    private static func pause(_ random: inout SeededRandom) -> Duration {
        .seconds(Int.random(in: 1...30_000, using: &random))
    }

    private mutating func follow() {
        while true {
            while let decision = planner.pollDecision() {
                log.append(decision)
                switch decision.action {
                case .join, .handover:
                    planner.handle(.joined(event: decision.event), at: now)
                    planner.handle(.alone(false), at: now)
                case .leave, .countdown, .skip: break
                }
            }
            guard case .inMeeting(_, nil, _) = planner.occupancy, let running = planner.running, now >= running.end
            else { return }
            planner.handle(.alone(true), at: now)
        }
    }
}

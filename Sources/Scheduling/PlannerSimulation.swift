public import Base

extension Planner {
    /// What the planner will decide between two instants if every join succeeds, people stay until a meeting's end and
    /// then leave the room alone in it, and nobody touches anything. A running meeting that is not in the calendar is
    /// taken to be deserted from now on.
    ///
    /// It runs a copy of this very planner, so that it cannot disagree with what happens. The past cannot be simulated:
    /// it starts at the planner's own time if `start` lies before that.
    /// - Parameter limit: decisions at most, against endless calendars.
    public func simulate(from start: UTCTime, to end: UTCTime, limit: Int = 10_000) -> [Decision] {
        var copy = self
        var result: [Decision] = []
        var now = lastEvaluation ?? start
        copy.handleTimeout(at: now)
        if case .joining(let event, _) = copy.occupancy { copy.pretendJoined(event, at: now) }
        if case .inMeeting = copy.occupancy, copy.running == nil {
            copy.hasHadCompany = true
            copy.handle(.alone(true), at: now)
        }
        while true {
            while let decision = copy.pollDecision() {
                if decision.at >= start, decision.at <= end { result.append(decision) }
                if result.count == limit { return result }
                switch decision.action {
                case .join, .handover: copy.pretendJoined(decision.event, at: now)
                case .leave, .countdown, .skip: break
                }
            }
            if case .inMeeting(_, nil, _) = copy.occupancy, let running = copy.running, now >= running.end {
                copy.handle(.alone(true), at: now)
                // Where the room waits for nobody it leaves at this very instant.
                continue
            }
            guard let next = copy.nextDeadline(after: now), next <= end else { return result }
            now = next
            copy.handleTimeout(at: now)
        }
    }

    private mutating func pretendJoined(_ event: String?, at now: UTCTime) {
        handle(.joined(event: event), at: now)
        handle(.alone(false), at: now)
    }
}

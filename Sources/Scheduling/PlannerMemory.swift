public import Base

/// What must outlive a restart of the daemon: which events were left or dismissed, so that the room does not go back,
/// and which one it is in, so that it does.
public struct PlannerMemory: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable {
        /// The room is in this meeting.
        case joined
        /// Somebody left it on purpose.
        case left
        /// The planner left it after its end, or for the next one.
        case ended
        case endedByHost, dismissed
    }

    public struct Entry: Hashable, Sendable {
        public var event: String
        public var kind: Kind
        /// An occurrence of this event that starts at or after this instant is a new one.
        public var until: UTCTime

        public init(event: String, kind: Kind, until: UTCTime) {
            self.event = event
            self.kind = kind
            self.until = until
        }
    }

    public var entries: [Entry]

    public init(entries: [Entry] = []) {
        self.entries = entries
    }
}

extension Planner {
    /// Changes only when there is something new to remember.
    public var memory: PlannerMemory {
        var entries = records.compactMap { id, record -> PlannerMemory.Entry? in
            switch record {
            case .left(.left, let until): PlannerMemory.Entry(event: id, kind: .left, until: until)
            case .left(.endedByHost, let until): PlannerMemory.Entry(event: id, kind: .endedByHost, until: until)
            case .left(_, let until): PlannerMemory.Entry(event: id, kind: .ended, until: until)
            case .dismissed(let until): PlannerMemory.Entry(event: id, kind: .dismissed, until: until)
            case .failed: nil
            }
        }
        entries.sort { $0.event < $1.event }
        if let attendance {
            entries.append(PlannerMemory.Entry(event: attendance.event, kind: .joined, until: attendance.until))
        }
        return PlannerMemory(entries: entries)
    }

    public init(policy: JoinPolicy, memory: PlannerMemory) {
        self.init(policy: policy)
        for entry in memory.entries {
            switch entry.kind {
            case .joined: attendance = Attendance(event: entry.event, until: entry.until)
            case .left: records[entry.event] = .left(.left, until: entry.until)
            case .ended: records[entry.event] = .left(.ended, until: entry.until)
            case .endedByHost: records[entry.event] = .left(.endedByHost, until: entry.until)
            case .dismissed: records[entry.event] = .dismissed(until: entry.until)
            }
        }
    }
}

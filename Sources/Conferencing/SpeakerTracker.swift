import Base
import Meeting

/// Who speaks and who is the active speaker, from levels in the packets and, without those, the service's notes.
struct SpeakerTracker {
    struct Changes: Equatable {
        var speaking: [ParticipantID: Bool] = [:]
        /// Set when the active speaker changed.
        var active: ParticipantID??
    }

    /// What counts as voice, dBFS.
    private static let threshold = -50.0
    /// How long the mark stays after the last voice.
    private static let hangover = Duration.milliseconds(600)

    private var machine = ActiveSpeaker()
    private var lastVoice: [ParticipantID: Instant] = [:]
    private var noted: Set<ParticipantID> = []

    var active: ParticipantID? { machine.current }

    func isSpeaking(_ id: ParticipantID) -> Bool { lastVoice[id] != nil || noted.contains(id) }

    /// - Parameter own: our own id: we speak, but are never the active speaker of our own display.
    mutating func update(_ levels: [ParticipantID: AudioLevel], own: ParticipantID?, at now: Instant) -> Changes {
        let before = machine.current
        var changes = Changes()
        for (id, level) in levels.sorted(by: { $0.key < $1.key }) {
            if level.decibels > Self.threshold {
                if !isSpeaking(id) { changes.speaking[id] = true }
                lastVoice[id] = now
            }
            if id != own { machine.heard(id, decibels: level.decibels, at: now) }
        }
        for (id, last) in lastVoice where now - last > Self.hangover {
            lastVoice[id] = nil
            if !noted.contains(id) { changes.speaking[id] = false }
        }
        machine.handleTimeout(at: now)
        if machine.current != before { changes.active = .some(machine.current) }
        return changes
    }

    /// The service's note. Those whose packets carry levels need none, and notes come late.
    mutating func talking(_ id: ParticipantID, _ talks: Bool, own: ParticipantID?, at now: Instant) -> Changes {
        let before = machine.current
        let spoke = isSpeaking(id)
        if talks { noted.insert(id) } else { noted.remove(id) }
        if id != own { machine.talking(id, talks, at: now) }
        var changes = Changes()
        if isSpeaking(id) != spoke { changes.speaking[id] = !spoke }
        if machine.current != before { changes.active = .some(machine.current) }
        return changes
    }

    /// Nobody is heard any more.
    mutating func silence() -> Changes {
        var changes = Changes()
        for id in noted.union(lastVoice.keys) { changes.speaking[id] = false }
        if machine.current != nil { changes.active = .some(nil) }
        self = SpeakerTracker()
        return changes
    }

    mutating func remove(_ id: ParticipantID, at now: Instant) -> Changes {
        lastVoice[id] = nil
        noted.remove(id)
        let before = machine.current
        machine.remove(id, at: now)
        return machine.current == before ? Changes() : Changes(active: .some(machine.current))
    }
}

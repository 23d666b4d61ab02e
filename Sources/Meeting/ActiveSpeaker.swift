public import Base

/// Chooses the one participant whose picture should be large: follows the voice within a second and does not flap.
///
/// Fed with levels (dBFS, at any rate of five a second or more) or, where those are missing, with the service's
/// "talking" notes. A voice that goes on for `attack` takes over when the present speaker has been silent for
/// `release`; while both speak, only one that is clearly louder for `overrule` does. A cough or a click is too
/// short to count, and silence keeps the last speaker.
public struct ActiveSpeaker: Sendable {
    public struct Tuning: Sendable {
        /// What counts as voice, dBFS.
        public var threshold = -50.0
        /// How long a voice must last before it may take over.
        public var attack = Duration.milliseconds(300)
        /// How long the present speaker must have been silent.
        public var release = Duration.milliseconds(400)
        /// Pauses shorter than this belong to the same voice.
        public var pause = Duration.milliseconds(250)
        /// How much louder somebody must be to overrule one who still speaks, in decibels, and for how long.
        public var margin = 9.0
        public var overrule = Duration.milliseconds(900)
        /// No two changes closer than this.
        public var hold = Duration.milliseconds(500)

        public init() {}
    }

    private struct Voice {
        var since: Instant
        var lastHeard: Instant
        /// Smoothed with a time constant of 200 ms.
        var level: Double
        /// Since when it is louder than the present speaker by the margin.
        var louderSince: Instant?
        /// Speaks by the service's word, until it takes that back.
        var talking = false
    }

    /// What a "talking" note without a level stands for.
    private static let assumedLevel = -35.0

    private let tuning: Tuning
    private var voices: [ParticipantID: Voice] = [:]
    private var changed = Instant(nanoseconds: .min / 2)
    public private(set) var current: ParticipantID?

    public init(_ tuning: Tuning = Tuning()) {
        self.tuning = tuning
    }

    /// A participant was heard at `decibels` (dBFS).
    /// - Returns: whether `current` changed.
    @discardableResult
    public mutating func heard(_ id: ParticipantID, decibels: Double, at now: Instant) -> Bool {
        if decibels.isFinite, decibels > tuning.threshold { note(id, level: decibels, at: now) }
        return choose(at: now)
    }

    /// The service noted that a participant began or ceased to talk.
    /// - Returns: whether `current` changed.
    @discardableResult
    public mutating func talking(_ id: ParticipantID, _ talks: Bool, at now: Instant) -> Bool {
        if talks {
            note(id, level: Self.assumedLevel, at: now)
            voices[id]?.talking = true
        } else {
            voices[id]?.talking = false
        }
        return choose(at: now)
    }

    /// A participant left, or unpublished its sound.
    /// - Returns: whether `current` changed.
    @discardableResult
    public mutating func remove(_ id: ParticipantID, at now: Instant) -> Bool {
        voices[id] = nil
        guard current == id else { return false }
        current = nil
        changed = now - tuning.hold
        _ = choose(at: now)
        return true
    }

    /// Call at `nextDeadline`.
    /// - Returns: whether `current` changed.
    @discardableResult
    public mutating func handleTimeout(at now: Instant) -> Bool {
        choose(at: now)
    }

    /// When the choice may change without anything being heard; nil when it cannot.
    public var nextDeadline: Instant? {
        let challengers = voices.filter { $0.key != current }
        guard !challengers.isEmpty else { return nil }
        let silent = current.flatMap { voices[$0] }.map { $0.talking ? .distantFuture : $0.lastHeard + tuning.release }
        return challengers.values.map { voice in
            max(voice.since + tuning.attack, silent ?? .zero, changed + tuning.hold)
        }.min().flatMap { $0 == .distantFuture ? nil : $0 }
    }

    private mutating func note(_ id: ParticipantID, level: Double, at now: Instant) {
        guard var voice = voices[id], voice.talking || now - voice.lastHeard <= tuning.pause else {
            voices[id] = Voice(since: now, lastHeard: now, level: level)
            return
        }
        let weight = min(1, max(0, (now - voice.lastHeard).inSeconds / 0.2))
        voice.level += (level - voice.level) * weight
        voice.lastHeard = max(voice.lastHeard, now)
        voices[id] = voice
    }

    private mutating func choose(at now: Instant) -> Bool {
        forget(at: now)
        guard now - changed >= tuning.hold else { return false }
        let speaking = current.flatMap { voices[$0] }
        let speakingStill = speaking.map { $0.talking || now - $0.lastHeard < tuning.release } ?? false
        var best: (id: ParticipantID, voice: Voice)?
        for (id, voice) in voices where id != current {
            let lasted = (voice.talking ? now : voice.lastHeard) - voice.since
            guard alive(voice, at: now), lasted >= tuning.attack else { continue }
            if speakingStill, let speaking {
                let louder = voice.level >= speaking.level + tuning.margin
                voices[id]?.louderSince = louder ? voice.louderSince ?? now : nil
                guard louder, let since = voice.louderSince, now - since >= tuning.overrule else { continue }
            }
            if let other = best, (other.voice.level, id) < (voice.level, other.id) {
                best = (id, voice)
            } else if best == nil {
                best = (id, voice)
            }
        }
        guard let best else { return false }
        current = best.id
        changed = now
        for id in voices.keys { voices[id]?.louderSince = nil }
        return true
    }

    private func alive(_ voice: Voice, at now: Instant) -> Bool {
        voice.talking || now - voice.lastHeard <= tuning.pause
    }

    /// Voices long silent are dropped, so that memory stays bounded by who speaks.
    private mutating func forget(at now: Instant) {
        let limit = max(tuning.release, tuning.pause)
        let gone = voices.filter { !$0.value.talking && now - $0.value.lastHeard > limit }.keys
        for id in gone { voices[id] = nil }
    }
}

import Meeting
import Synchronization

/// How loud everybody is, from the levels in the packets: written on the media thread, read ten times a second.
final class LevelMeter: Sendable {
    /// More names than any meeting has heard voices.
    private static let limit = 256

    private let loudest = Mutex<[ParticipantID: AudioLevel]>([:])

    func heard(_ id: ParticipantID, decibels: Double, voice: Bool) {
        loudest.withLock { levels in
            guard let known = levels[id] else {
                if levels.count < Self.limit { levels[id] = AudioLevel(decibels: decibels, voice: voice) }
                return
            }
            if decibels > known.decibels || (voice && !known.voice) {
                levels[id] = AudioLevel(decibels: max(decibels, known.decibels), voice: voice || known.voice)
            }
        }
    }

    /// The loudest of each since the last call.
    func take() -> [ParticipantID: AudioLevel] {
        loudest.withLock { levels in
            defer { levels.removeAll(keepingCapacity: true) }
            return levels
        }
    }
}

import AudioPipeline
import Media
import Room
import Synchronization

/// What the policy is told of the audio thread's status, which comes ten times a second: what has changed, and no more.
final class AudioReports: Sendable {
    private struct Told: Sendable {
        var status: AudioEngine.Status?
        /// Reports that are told whole, whether anything has changed or not.
        var whole = 1
        /// Of a card that has one of its own, per cent.
        var cardVolume: Int?
        /// Has been there since the start: what has not is absent rather than lost.
        var wasThere = (microphone: false, speaker: false)
    }

    private let microphone: (any Microphone)?
    private let speaker: (any Speaker)?
    private let told = Mutex(Told())

    init(microphone: (any Microphone)?, speaker: (any Speaker)?) {
        self.microphone = microphone
        self.speaker = speaker
    }

    /// Another card may have taken the place of one: its name is told, however the audio thread is.
    func expectNews() {
        told.withLock { $0.whole = max($0.whole, 1) }
    }

    /// Something was asked of the audio thread: the policy waits to hear how it is, also when that is as before. The
    /// first report may be from before the thread has obeyed.
    func expectAnswer() {
        told.withLock { $0.whole = 2 }
    }

    /// The loudspeaker's volume is its card's, or the audio thread's when that has none.
    func follow(cardVolume: Int?) {
        told.withLock { $0.cardVolume = cardVolume }
    }

    func inputs(for status: AudioEngine.Status) -> [RoomInput] {
        var status = status
        let (last, isWhole, wasThere) = told.withLock { told in
            status.volume = told.cardVolume ?? status.volume
            if !status.microphoneLost, Self.isThere(microphone) { told.wasThere.microphone = true }
            if !status.speakerLost, Self.isThere(speaker) { told.wasThere.speaker = true }
            defer {
                told.status = status
                told.whole = max(0, told.whole - 1)
            }
            return (told.status, told.whole > 0, told.wasThere)
        }
        var inputs: [RoomInput] = []
        if isWhole || last?.isMicrophoneOpen != status.isMicrophoneOpen
            || last?.microphoneLost != status.microphoneLost
        {
            inputs.append(
                .device(
                    .microphone(
                        condition: condition(wasThere.microphone, isLost: status.microphoneLost),
                        isOpen: status.isMicrophoneOpen,
                        device: wasThere.microphone ? microphone?.device.id : nil,
                        channels: microphone?.channels ?? 0)))
        }
        if isWhole || last?.volume != status.volume || last?.isSpeakerMuted != status.isSpeakerMuted
            || last?.speakerLost != status.speakerLost
        {
            inputs.append(
                .device(
                    .speaker(
                        condition: condition(wasThere.speaker, isLost: status.speakerLost),
                        volume: status.volume, isMuted: status.isSpeakerMuted,
                        device: wasThere.speaker ? speaker?.device.id : nil)))
        }
        // The policy forgets the level of what is lost: it is to be told when that is back, also when it is the old one.
        if isWhole || last?.microphoneLost != status.microphoneLost || last?.speakerLost != status.speakerLost
            || last?.microphoneDecibels != status.microphoneDecibels
            || last?.speakerDecibels != status.speakerDecibels
        {
            inputs.append(
                .levels(microphone: Double(status.microphoneDecibels), speaker: Double(status.speakerDecibels)))
        }
        return inputs
    }

    private func condition(_ wasThere: Bool, isLost: Bool) -> DeviceReport.Condition {
        wasThere ? isLost ? .lost : .working : .absent
    }

    private static func isThere(_ device: (any Sendable)?) -> Bool {
        guard let device else { return false }
        return (device as? any ProblemTelling).map { $0.problem == nil } ?? true
    }
}

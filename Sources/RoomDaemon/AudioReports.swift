import AudioPipeline
import Room
import Synchronization

/// What the policy is told of the audio thread's status, which comes ten times a second: what has changed, and no more.
final class AudioReports: Sendable {
    private struct Told: Sendable {
        var status: AudioEngine.Status?
        /// Reports that are told whole, whether anything has changed or not.
        var whole = 1
    }

    private let microphone: (device: String, channels: Int)?
    private let speaker: String?
    private let told = Mutex(Told())

    /// - Parameters:
    ///   - microphone: nil when there is none.
    ///   - speaker: the device's id; nil when there is none.
    init(microphone: (device: String, channels: Int)?, speaker: String?) {
        self.microphone = microphone
        self.speaker = speaker
    }

    /// Something was asked of the audio thread: the policy waits to hear how it is, also when that is as before. The
    /// first report may be from before the thread has obeyed.
    func expectAnswer() {
        told.withLock { $0.whole = 2 }
    }

    func inputs(for status: AudioEngine.Status) -> [RoomInput] {
        let (last, isWhole) = told.withLock { told in
            defer {
                told.status = status
                told.whole = max(0, told.whole - 1)
            }
            return (told.status, told.whole > 0)
        }
        var inputs: [RoomInput] = []
        if isWhole || last?.isMicrophoneOpen != status.isMicrophoneOpen
            || last?.microphoneLost != status.microphoneLost
        {
            inputs.append(
                .device(
                    .microphone(
                        condition: microphone == nil ? .absent : status.microphoneLost ? .lost : .working,
                        isOpen: status.isMicrophoneOpen, device: microphone?.device,
                        channels: microphone?.channels ?? 0)))
        }
        if isWhole || last?.volume != status.volume || last?.isSpeakerMuted != status.isSpeakerMuted
            || last?.speakerLost != status.speakerLost
        {
            inputs.append(
                .device(
                    .speaker(
                        condition: speaker == nil ? .absent : status.speakerLost ? .lost : .working,
                        volume: status.volume, isMuted: status.isSpeakerMuted, device: speaker)))
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
}

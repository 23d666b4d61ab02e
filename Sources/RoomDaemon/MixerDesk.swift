import AudioPipeline
import Base
import Dispatch
import Hardware
import Logging
import Media
import Synchronization

/// A sound card's own volume and mute: what `SoundMixer` does.
protocol CardMixer: AnyObject, Sendable {
    func setSpeaker(volume: Int) -> UInt64
    func setSpeaker(isMuted: Bool) -> UInt64
    func setMicrophone(isMuted: Bool) -> UInt64
    func stop()
}

extension SoundMixer: CardMixer {}

/// Keeps the volume and the mute of the room the same as those of its sound cards, whichever of both is changed.
///
/// Where a card has a volume of its own the room's is that one, and the sound is handed over as loud as it is. What a
/// card has not, the audio engine does. Calls come from any thread and wait for no card: mixers are opened and ended on a
/// queue of the desk's own.
final class MixerDesk: Sendable {
    /// What the desk acts on. All may be called on any thread.
    struct Outputs: Sendable {
        /// Of what is handed to the card, per cent.
        var setEngine: @Sendable (_ volume: Int, _ isMuted: Bool) -> Void
        /// The card's volume has changed; nil: it has none.
        var tellVolume: @Sendable (Int?) -> Void
        /// Somebody has pressed the microphone's own mute key.
        var tellMicrophoneKey: @Sendable (_ isMuted: Bool) -> Void
    }

    typealias Open =
        @Sendable (_ card: String, _ observer: @escaping @Sendable (SoundMixer.Event) -> Void) throws(DeviceError) ->
        any CardMixer
    /// Does something later, one after the other.
    typealias Later = @Sendable (Duration, @escaping @Sendable () -> Void) -> Void

    /// One of the two directions.
    private struct Side: Sendable {
        var mixer: (any CardMixer)?
        /// Tells what the present mixer says from what a former one had still to say.
        var generation = 0
        /// As the mixer says; nil until it has said something.
        var levels: SoundMixer.Levels?
        /// The number of the last order: until that is carried out the card tells what is out of date.
        var ordered: UInt64 = 0
        var pause = MixerDesk.firstPause
    }

    private struct State: Sendable {
        var speaker = Side()
        var microphone = Side()
        /// What the room wants, nil while it is as it was found.
        var volume: Int?
        var isSpeakerMuted = false
        var isMicrophoneMuted: Bool?
        var isStopped = false

        subscript(kind: DeviceKind) -> Side {
            get { kind == .speaker ? speaker : microphone }
            set { if kind == .speaker { speaker = newValue } else { microphone = newValue } }
        }
    }

    /// Until a mixer that failed is tried again.
    private static let firstPause = Duration.seconds(2)
    private static let longestPause = Duration.seconds(60)

    private let outputs: Outputs
    private let open: Open
    private let later: Later
    private let logger: Logger
    private let state = Mutex(State())

    init(
        _ outputs: Outputs, logger: Logger,
        open: @escaping Open = { (card, observer) throws(DeviceError) in
            try SoundMixer(card: card, observer: observer)
        }, later: Later? = nil
    ) {
        self.outputs = outputs
        self.logger = logger
        self.open = open
        let queue = DispatchQueue(label: "mixers")
        self.later = later ?? { queue.asyncAfter(deadline: .now() + $0.inSeconds, execute: $1) }
    }

    // MARK: - The room

    /// - Parameter volume: per cent.
    func setSpeaker(volume: Int, isMuted: Bool) {
        state.withLock { state in
            (state.volume, state.isSpeakerMuted) = (volume, isMuted)
            applySpeaker(&state)
        }
    }

    func setMicrophone(isOpen: Bool) {
        state.withLock { state in
            state.isMicrophoneMuted = !isOpen
            applyMicrophone(&state)
        }
    }

    // MARK: - The cards

    /// A card was opened or is gone.
    func take(_ kind: DeviceKind, _ event: SoundEvent) {
        switch event {
        case .opened(let device, _):
            let pcm = String(device.id.trimmingPrefix("alsa:"))
            later(.zero) { [weak self] in self?.begin(kind, pcm: pcm) }
        case .lost: later(.zero) { [weak self] in self?.end(kind) }
        case .unavailable: break
        }
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        end(.speaker)
        end(.microphone)
    }

    // MARK: - On the queue

    private func begin(_ kind: DeviceKind, pcm: String) {
        end(kind)
        state.withLock { $0[kind].pause = Self.firstPause }
        tryToOpen(kind, pcm: pcm, generation: state.withLock { $0[kind].generation })
    }

    private func tryToOpen(_ kind: DeviceKind, pcm: String, generation: Int) {
        guard isCurrent(kind, generation) else { return }
        // One that has failed has ended by itself, and is let go.
        state.withLock { $0[kind].mixer.take() }?.stop()
        do throws(DeviceError) {
            let mixer = try open(pcm) { [weak self] event in self?.take(kind, event, pcm: pcm, generation: generation) }
            let isTaken = state.withLock { state in
                guard state[kind].generation == generation, !state.isStopped else { return false }
                state[kind].mixer = mixer
                state[kind].ordered = 0
                // It may have said how it is before it was ours.
                if state[kind].levels != nil { obey(kind, &state) }
                return true
            }
            if !isTaken { mixer.stop() }
        } catch {
            // A card without a mixer is as good as any other, and said to have none once.
            let isFirst = state.withLock { $0[kind].pause == Self.firstPause }
            logger.log(
                level: isFirst ? .info : .debug, "no volume or mute of its own",
                metadata: ["device": "\(pcm)", "reason": "\(error)"])
            tryAgain(kind, pcm: pcm, generation: generation)
        }
    }

    private func isCurrent(_ kind: DeviceKind, _ generation: Int) -> Bool {
        state.withLock { $0[kind].generation == generation && !$0.isStopped }
    }

    private func tryAgain(_ kind: DeviceKind, pcm: String, generation: Int) {
        let pause = state.withLock { state in
            defer { state[kind].pause = min(state[kind].pause * 2, Self.longestPause) }
            return state[kind].pause
        }
        later(pause) { [weak self] in self?.tryToOpen(kind, pcm: pcm, generation: generation) }
    }

    private func end(_ kind: DeviceKind) {
        let mixer = state.withLock { state in
            state[kind].generation += 1
            state[kind].levels = nil
            if kind == .speaker { releaseSpeaker(state) }
            return state[kind].mixer.take()
        }
        mixer?.stop()
    }

    // MARK: - On a mixer's thread

    private func take(_ kind: DeviceKind, _ event: SoundMixer.Event, pcm: String, generation: Int) {
        guard case .changed(let all, let obeyed) = event else {
            return lose(kind, event, pcm: pcm, generation: generation)
        }
        let key = state.withLock { state -> Bool? in
            guard state[kind].generation == generation else { return nil }
            let (former, levels) = (state[kind].levels, kind == .speaker ? all.speaker : all.microphone)
            state[kind].levels = levels
            guard let former else {
                obey(kind, &state)
                return nil
            }
            if kind == .speaker { outputs.tellVolume(levels.volume) }
            // What the room wants is on its way to the card.
            guard obeyed >= state[kind].ordered else { return nil }
            if kind == .microphone { return pressedKey(levels, former, &state) }
            adopt(levels, &state)
            return nil
        }
        if let key { outputs.tellMicrophoneKey(key) }
    }

    private func lose(_ kind: DeviceKind, _ event: SoundMixer.Event, pcm: String, generation: Int) {
        guard isCurrent(kind, generation), case .lost(let error) = event else { return }
        logger.warning("its volume and mute are not followed for now", metadata: ["reason": "\(error)"])
        state.withLock { state in
            state[kind].levels = nil
            if kind == .speaker { releaseSpeaker(state) }
        }
        tryAgain(kind, pcm: pcm, generation: generation)
    }

    // MARK: - With the lock

    /// A card that has just been opened becomes as the room wants it; what the room has no wish about stays.
    private func obey(_ kind: DeviceKind, _ state: inout State) {
        if kind == .microphone {
            applyMicrophone(&state)
        } else if state.volume == nil, let levels = state.speaker.levels {
            adopt(levels, &state)
        } else {
            outputs.tellVolume(state.speaker.levels?.volume)
            applySpeaker(&state)
        }
    }

    /// The loudspeaker is as it was found, or its knob was turned, or its mute key pressed.
    private func adopt(_ levels: SoundMixer.Levels, _ state: inout State) {
        state.volume = levels.volume ?? state.volume
        state.isSpeakerMuted = levels.isMuted ?? state.isSpeakerMuted
        outputs.tellVolume(levels.volume)
        outputs.setEngine(engineVolume(state), state.isSpeakerMuted)
    }

    /// The engine is all there is.
    private func releaseSpeaker(_ state: State) {
        outputs.tellVolume(nil)
        outputs.setEngine(engineVolume(state), state.isSpeakerMuted)
    }

    /// - Returns: what the key has made of the mute; nil where it is as the room wants it.
    private func pressedKey(
        _ levels: SoundMixer.Levels, _ former: SoundMixer.Levels, _ state: inout State
    ) -> Bool? {
        guard let isMuted = levels.isMuted, isMuted != former.isMuted, isMuted != state.isMicrophoneMuted else {
            return nil
        }
        state.isMicrophoneMuted = isMuted
        return isMuted
    }

    private func applyMicrophone(_ state: inout State) {
        guard let isMuted = state.isMicrophoneMuted, let mixer = state.microphone.mixer else { return }
        state.microphone.ordered = mixer.setMicrophone(isMuted: isMuted)
    }

    private func applySpeaker(_ state: inout State) {
        outputs.setEngine(engineVolume(state), state.isSpeakerMuted)
        guard let levels = state.speaker.levels, let volume = state.volume, let mixer = state.speaker.mixer else {
            return
        }
        if levels.volume != nil { state.speaker.ordered = mixer.setSpeaker(volume: volume) }
        if levels.isMuted != nil { state.speaker.ordered = mixer.setSpeaker(isMuted: state.isSpeakerMuted) }
    }

    private func engineVolume(_ state: State) -> Int {
        state.speaker.levels?.volume == nil ? state.volume ?? AudioEngine.unityVolume : AudioEngine.unityVolume
    }
}

import Hardware
import Logging
import Media
import Synchronization

/// A sound card's own volume and mute: what `SoundMixer` does.
protocol CardMixer: AnyObject, Sendable {
    func setSpeaker(volume: Int)
    func setSpeaker(isMuted: Bool)
    func setMicrophone(isMuted: Bool)
    func stop()
}

extension SoundMixer: CardMixer {}

/// Keeps the volume and the mute of the room the same as those of its sound cards, whichever of both is changed.
///
/// Where a card has a volume of its own the room's is that one, and the sound is handed over as loud as it is. What a
/// card has not, the audio engine does. Calls come from any thread; none waits for a card but `take`.
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

    /// One of the two directions.
    private struct Side: Sendable {
        var mixer: (any CardMixer)?
        /// Tells what the present mixer says from what a former one had still to say.
        var generation = 0
        /// As the mixer says; nil until it has said something.
        var levels: SoundMixer.Levels?
    }

    private struct State: Sendable {
        var speaker = Side()
        var microphone = Side()
        /// What the room wants, nil while it is as it was found.
        var volume: Int?
        var isSpeakerMuted = false
        var isMicrophoneMuted: Bool?

        subscript(kind: DeviceKind) -> Side {
            get { kind == .speaker ? speaker : microphone }
            set { if kind == .speaker { speaker = newValue } else { microphone = newValue } }
        }
    }

    /// As loud as it is.
    private static let whole = 100
    /// The engine's, until somebody wants another.
    private static let usual = 50

    private let outputs: Outputs
    private let open: Open
    private let logger: Logger
    private let state = Mutex(State())

    init(
        _ outputs: Outputs, logger: Logger,
        open: @escaping Open = { (card, observer) throws(DeviceError) in
            try SoundMixer(card: card, observer: observer)
        }
    ) {
        self.outputs = outputs
        self.logger = logger
        self.open = open
    }

    // MARK: - The room

    /// - Parameter volume: per cent.
    func setSpeaker(volume: Int, isMuted: Bool) {
        state.withLock { state in
            (state.volume, state.isSpeakerMuted) = (volume, isMuted)
            applySpeaker(state)
        }
    }

    func setMicrophone(isOpen: Bool) {
        state.withLock { state in
            state.isMicrophoneMuted = !isOpen
            state.microphone.mixer?.setMicrophone(isMuted: !isOpen)
        }
    }

    // MARK: - The cards

    /// A card was opened or is gone. Blocks while a mixer is opened or ended.
    func take(_ kind: DeviceKind, _ event: SoundEvent) {
        switch event {
        case .opened(let device, _): begin(kind, pcm: String(device.id.trimmingPrefix("alsa:")))
        case .lost: end(kind)
        case .unavailable: break
        }
    }

    func stop() {
        end(.speaker)
        end(.microphone)
    }

    private func begin(_ kind: DeviceKind, pcm: String) {
        end(kind)
        let generation = state.withLock { $0[kind].generation }
        do throws(DeviceError) {
            let mixer = try open(pcm) { [weak self] event in self?.take(kind, event, generation: generation) }
            state.withLock { state in
                state[kind].mixer = mixer
                // It may have said how it is before it was ours.
                if state[kind].levels != nil { obey(kind, &state) }
            }
        } catch {
            // A card without a mixer is as good as any other.
            logger.info("no volume or mute of its own", metadata: ["device": "\(pcm)", "reason": "\(error)"])
        }
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

    /// On the mixer's thread.
    private func take(_ kind: DeviceKind, _ event: SoundMixer.Event, generation: Int) {
        let key = state.withLock { state -> Bool? in
            guard state[kind].generation == generation else { return nil }
            let former = state[kind].levels
            guard case .changed(let all) = event else {
                state[kind].levels = nil
                if kind == .speaker { releaseSpeaker(state) }
                return nil
            }
            let levels = kind == .speaker ? all.speaker : all.microphone
            state[kind].levels = levels
            guard let former else {
                obey(kind, &state)
                return nil
            }
            if kind == .microphone { return pressedKey(levels, former, &state) }
            adopt(levels, &state)
            return nil
        }
        if case .lost(let error) = event {
            logger.info("its volume and mute are not followed any more", metadata: ["reason": "\(error)"])
        }
        if let key { outputs.tellMicrophoneKey(key) }
    }

    /// A card that has just been opened becomes as the room wants it; what the room has no wish about stays.
    private func obey(_ kind: DeviceKind, _ state: inout State) {
        if kind == .microphone {
            if let isMuted = state.isMicrophoneMuted { state.microphone.mixer?.setMicrophone(isMuted: isMuted) }
        } else if state.volume == nil, let levels = state.speaker.levels {
            adopt(levels, &state)
        } else {
            outputs.tellVolume(state.speaker.levels?.volume)
            applySpeaker(state)
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

    /// - Returns: what the key has made of the mute; nil where it is the answer to our own order.
    private func pressedKey(
        _ levels: SoundMixer.Levels, _ former: SoundMixer.Levels, _ state: inout State
    ) -> Bool? {
        guard let isMuted = levels.isMuted, isMuted != former.isMuted, isMuted != state.isMicrophoneMuted else {
            return nil
        }
        state.isMicrophoneMuted = isMuted
        return isMuted
    }

    private func applySpeaker(_ state: State) {
        outputs.setEngine(engineVolume(state), state.isSpeakerMuted)
        guard let levels = state.speaker.levels, let volume = state.volume else { return }
        if levels.volume != nil { state.speaker.mixer?.setSpeaker(volume: volume) }
        if levels.isMuted != nil { state.speaker.mixer?.setSpeaker(isMuted: state.isSpeakerMuted) }
    }

    private func engineVolume(_ state: State) -> Int {
        state.speaker.levels?.volume == nil ? state.volume ?? Self.usual : Self.whole
    }
}

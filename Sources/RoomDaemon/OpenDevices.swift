import AudioPipeline
import ConfigurationFile
import Hardware
import Logging
import Media
import Room
import Simulation

/// The devices of the room, made once for the daemon's life. Those of the machine may come and go in it; what can never be
/// opened is a problem, not the end.
struct OpenDevices: Sendable {
    /// A device that is wanted and cannot be had: a simulated one that is no good.
    struct Failure: Sendable {
        var kind: DeviceKind
        var specification: String
        var error: DeviceError
    }

    /// What a sound card tells of itself.
    struct SoundNews: Sendable {
        var kind: DeviceKind
        var event: SoundEvent
    }

    var camera: (any Camera)?
    /// What a visitor connects.
    var content: (any Camera)?
    var microphone: (any Microphone)?
    var speaker: (any Speaker)?
    var display: (any Display)?
    /// Behind a display of the machine; nil where the configuration wants none.
    var television: CECTelevision?
    /// Of what a microphone of the machine hears; nil where nothing is to be done to it.
    var processor: CaptureProcessor?
    var failures: [Failure] = []
    let soundNews = NewsRelay<SoundNews>()

    /// Sharp texts matter more than smooth movement.
    private static let contentFormat = VideoFormat(width: 1920, height: 1080, frameRate: 30)

    /// - Parameter choices: of an earlier life: they come before the configuration.
    init(_ configuration: RoomConfiguration, choices: DeviceChoices = DeviceChoices()) {
        let (wanted, video, audio) = (configuration.devices, configuration.video, configuration.audio)
        let news = soundNews
        camera = open(
            .camera, wanted.camera, { (name: String) throws(DeviceError) in try SimulatedDevices.camera(name) }
        ) { (specification: String) throws(DeviceError) in
            HotPlugCamera(
                choices.camera?.id ?? specification,
                wanted: VideoFormat(width: video.width, height: video.height, frameRate: video.frameRate),
                settings: choices.controls)
        }
        content = open(
            .content, wanted.content,
            { (name: String) throws(DeviceError) in try SimulatedDevices.camera(name, kind: .content) }
        ) { (specification: String) throws(DeviceError) in
            HotPlugCamera(specification, kind: .content, wanted: Self.contentFormat)
        }
        microphone = open(
            .microphone, wanted.microphone,
            { (name: String) throws(DeviceError) in try SimulatedDevices.microphone(name) }
        ) { (specification: String) throws(DeviceError) in
            try SoundDevices.microphone(specification, channels: ChannelChoice(audio.microphoneChannels)) {
                news.tell(SoundNews(kind: .microphone, event: $0))
            }
        }
        speaker = open(
            .speaker, wanted.speaker, { (name: String) throws(DeviceError) in try SimulatedDevices.speaker(name) }
        ) { (specification: String) throws(DeviceError) in
            try SoundDevices.speaker(specification, channels: ChannelChoice(audio.speakerChannels)) {
                news.tell(SoundNews(kind: .speaker, event: $0))
            }
        }
        if wanted.microphone != "none", !SimulatedDevices.isSimulated(wanted.microphone, kind: .microphone) {
            processor = makeProcessor(audio)
        }
        openDisplay(configuration)
    }

    /// The display and what stands behind it, and nothing else.
    init(displayOf configuration: RoomConfiguration) {
        openDisplay(configuration)
    }

    private mutating func openDisplay(_ configuration: RoomConfiguration) {
        let wanted = configuration.devices
        var television: CECTelevision?
        display = open(
            .display, wanted.display, { (name: String) throws(DeviceError) in try SimulatedDevices.display(name) }
        ) { (specification: String) throws(DeviceError) in
            television = wanted.cec.map {
                CECTelevision(path: $0, name: configuration.room.name, logger: Logger(label: "cec"))
            }
            return KMSDisplay(
                specification: specification, mode: wanted.displayMode.flatMap { DisplayModeRequest($0) },
                onConnection: { [television] in television?.follow($0) })
        }
        self.television = television
    }

    private mutating func makeProcessor(_ wanted: RoomConfiguration.Audio) -> CaptureProcessor? {
        let components = CaptureProcessing(wanted)
        guard !components.isEmpty else { return nil }
        do throws(CaptureProcessorError) {
            return try CaptureProcessor(components)
        } catch {
            failures.append(
                Failure(
                    kind: .microphone, specification: "[audio]",
                    error: DeviceError(.failed, "echo, noise and loudness are left as they are: \(error)")))
            return nil
        }
    }

    private mutating func open<Device>(
        _ kind: DeviceKind, _ specification: String, _ simulate: (String) throws(DeviceError) -> Device,
        _ drive: (String) throws(DeviceError) -> Device
    ) -> Device? {
        if specification == "none" { return nil }
        do throws(DeviceError) {
            return SimulatedDevices.isSimulated(specification, kind: kind)
                ? try simulate(specification) : try drive(specification)
        } catch {
            failures.append(Failure(kind: kind, specification: specification, error: error))
            return nil
        }
    }
}

extension ChannelChoice {
    /// - Parameter channels: as the configuration counts them, from 1; nil: all.
    init(_ channels: [Int]?) {
        self = channels.map { .only($0.map { $0 - 1 }) } ?? .all
    }
}

extension CaptureProcessing {
    init(_ wanted: RoomConfiguration.Audio) {
        self = []
        if wanted.echoCancellation { insert(.echoCancellation) }
        if wanted.noiseSuppression { insert(.noiseSuppression) }
        if wanted.gainControl { insert(.gainControl) }
        // What is below any voice disturbs the others.
        if !isEmpty { insert(.highPass) }
    }
}

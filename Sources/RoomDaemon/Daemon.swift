import AudioPipeline
import Base
import Calendars
import Codecs
import Compositor
import Conferencing
import ConfigurationFile
import ControlAPI
import ControlServer
import DTLS
import Digests
import Glibc
import Logging
import Media
import Meeting
import RTP
import Room
import Scheduling
import ServiceLifecycle
import Signaling
import Simulation
import Transport
import UnixSignals
import WebRTC

/// Puts the parts together, runs them, and takes them down in order.
enum Daemon {
    struct StartError: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs the room until SIGTERM or SIGINT.
    /// - Parameter file: where the configuration came from, for messages.
    static func run(_ loaded: ConfigurationLoader.Loaded, file: String) async throws {
        let inherited = InheritedDescriptors.take()
        LoggingSystem.bootstrap { StandardErrorLog(label: $0) }
        defer { LogWriter.standardError.flush(until: MonotonicClock.now + .seconds(1)) }
        let logger = Logger(label: "roomd")
        let configuration = loaded.configuration
        LocalTime.useZone(configuration.room.timezone)
        signal(SIGPIPE, SIG_IGN)
        // Devices and calendars tell of their files themselves; secrets are read again at each join.
        let files = loaded.fileProblems(of: { $0.purpose == .authority }, flawOfAuthority: AuthorityFile.flaw)
        for problem in loaded.problems + files {
            logger.warning("\(problem.rendered(file: file))")
        }
        let parts = try await DaemonParts(configuration, logger: logger)
        let room = RoomService(
            parts: parts, inherited: inherited, problems: startProblems(loaded, files, parts, file: file))
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: room, successTerminationBehavior: .gracefullyShutdownGroup)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "lifecycle")))
        try await group.run()
        logger.notice("roomd has ended")
    }

    /// What is wrong from the start, as health problems.
    private static func startProblems(
        _ loaded: ConfigurationLoader.Loaded, _ files: [ConfigurationProblem], _ parts: DaemonParts, file: String
    ) -> [(code: String, text: String)] {
        var problems: [(String, String)] = []
        // One of each kind: the log has all.
        if let first = loaded.problems.first(where: { $0.kind == .unknownKey }) {
            problems.append(("configuration.unknownKey", first.rendered(file: file)))
        }
        if let first = loaded.problems.first(where: { $0.kind == .ineffective }) {
            problems.append(("configuration.policy", first.rendered(file: file)))
        }
        if let first = loaded.problems.first(where: { $0.kind == .unserved && $0.key.hasPrefix("service") }) {
            problems.append(("configuration.service", first.rendered(file: file)))
        }
        if let first = files.first {
            problems.append(("configuration.file", first.rendered(file: file)))
        }
        for failure in parts.devices.failures {
            problems.append(("\(failure.kind.rawValue).unavailable", failure.error.message))
        }
        return problems
    }
}

/// All parts of the running daemon.
struct DaemonParts: Sendable {
    let configuration: RoomConfiguration
    let devices: OpenDevices
    let thread: MediaThread
    let audio: AudioEngine
    let camera: CameraFeed?
    let content: CameraFeed?
    let decoding: VideoDecoding
    let encoding: VideoEncoding?
    let hub: MediaHub
    let display: DisplayDriver?
    let desk: DeviceDesk
    let conference: Conference
    let calendars: CalendarFeed?
    let stun: ServerNames
    let stunWatch: STUNWatch
    let relays: Relays
    let store: StateStore
    let memory: RoomMemory
    let storeProblem: String?
    let logger: Logger

    init(_ configuration: RoomConfiguration, logger: Logger) async throws {
        self.configuration = configuration
        self.logger = logger
        store = StateStore(folder: configuration.storage.state)
        do {
            memory = try store.load(configuredCamera: configuration.devices.camera)
            storeProblem = nil
        } catch {
            memory = RoomMemory()
            storeProblem = "\(error)"
        }
        devices = OpenDevices(configuration, choices: memory.devices)
        for failure in devices.failures {
            logger.error(
                "a device cannot be used", metadata: ["kind": "\(failure.kind)", "reason": "\(failure.error)"])
        }

        thread = MediaThread(
            options: SocketOptions(
                ports: configuration.network.ports, dscp: configuration.network.dscp ? .assuredForwarding41 : nil))
        let sending = SenderSlot()
        audio = try AudioEngine(
            microphone: devices.microphone, speaker: try devices.speaker ?? SimulatedDevices.speaker("none"),
            processor: devices.processor
        ) { packet, encoded in sending.audio(packet, encoded) }
        let room = configuration.room
        camera = devices.camera.map { CameraFeed($0, language: room.language, roomName: room.name) }
        content = devices.content.map { CameraFeed($0, name: "content", language: room.language, roomName: room.name) }
        let keyFrames = KeyFrameRequests()
        decoding = VideoDecoding(logger: Logger(label: "decode")) { keyFrames.request($0) }
        hub = MediaHub(audio: audio, decoding: decoding, logger: Logger(label: "media"))
        // Random, and one for all connections, so that it says nothing about the room (RFC 7022 §4.2).
        var random = SeededRandom(seed: SecureRandom.seed())
        let name = random.token(16)
        let certificate = try Certificate(at: MonotonicClock.wallTime)
        let maximum = configuration.video.maxBitrate ?? VideoEncoding.automaticMaximum
        let stun = ServerNames(stun: configuration.network.stun)
        self.stun = stun
        let stunWatch = STUNWatch({ stun.places }, logger: Logger(label: "media"))
        self.stunWatch = stunWatch
        relays = Relays(configuration.network, configuration.services, logger: Logger(label: "media"))
        var meetings = ConferenceConfiguration {
            PeerConnection.Configuration(
                certificate: certificate, stunServers: stunWatch.handOut(), seed: SecureRandom.seed(),
                iceEntropy: SecureRandom.bytes(24), cname: name, wallTime: MonotonicClock.wallTime,
                wallTimeAt: MonotonicClock.now,
                startBitrate: min(maximum, 1_200_000) + 80_000, maximumBitrate: maximum + 80_000)
        }
        meetings.stunReport = { stunWatch.take($0, answers: $1) }
        meetings.videoCodec = Codec(VideoCodec(configuration.video.codec))
        conference = Conference(meetings, thread: thread, sink: hub, logger: Logger(label: "meeting"))
        let sender = conference.sender
        sending.set(sender)
        let (connections, wanted) = (conference.connections, configuration.video)
        keyFrames.set { id in
            Task {
                await connections.requestKeyFrame(
                    of: ParticipantID(id.participant), id.kind == .screen ? .screen : .video)
            }
        }
        encoding = camera.map { camera in
            VideoEncoding(
                source: camera.encoderQueue, width: wanted.width, height: wanted.height, frameRate: wanted.frameRate,
                maximum: wanted.maxBitrate, logger: Logger(label: "encode"),
                wantedCodec: {
                    guard case .encoded(let codec) = sender.pictures(of: .video) else { return nil }
                    return VideoCodec(codec)
                },
                takeKeyFrameNeed: { sender.takeKeyFrameNeed(.video) },
                liveSince: { camera.liveSince },
                output: { frame, codec, isKeyFrame, timestamp, captureTime in
                    sender.video(
                        .video, swapping: &frame, codec: Codec(codec), isKeyFrame: isKeyFrame, timestamp: timestamp,
                        captureTime: captureTime)
                })
        }
        if let encoding { hub.connect(encoding) }
        let (camera, store) = (camera, decoding.store)
        display = devices.display.map { display in
            DisplayDriver(
                display: display, store: store, camera: camera, roomName: configuration.room.name,
                language: configuration.room.language, logger: Logger(label: "display"))
        }
        desk = DeviceDesk(
            DeviceDesk.Devices(
                camera: self.camera, content: content, microphone: devices.microphone, speaker: devices.speaker,
                display: display),
            configuredCamera: configuration.devices.camera, choices: memory.devices, logger: Logger(label: "devices"))
        calendars = try CalendarFeed(configuration, logger: Logger(label: "calendar"))
    }
}

/// Where the audio thread finds the conference's sender, which is made after it. Set once, before the thread starts.
private final class SenderSlot: @unchecked Sendable {
    private var sender: ConferenceSender?

    func set(_ sender: ConferenceSender) {
        self.sender = sender
    }

    /// Real-time safe.
    func audio(_ packet: UnsafeBufferPointer<UInt8>, _ encoded: EncodedAudio) {
        let loudness = UInt8(clamping: -encoded.decibels)
        let level = RTP.AudioLevel(isVoice: encoded.isVoice, minusDecibels: min(loudness, 127))
        sender?.audio(
            packet.span, timestamp: encoded.timestamp, level: level, captureTime: encoded.captureTime)
    }
}

/// Where the decode thread asks for key frames, at most once a second for each stream.
private final class KeyFrameRequests: Sendable {
    private struct State: Sendable {
        var ask: (@Sendable (PictureID) -> Void)?
        var asked: [PictureID: Instant] = [:]
    }

    private let state = Monitor(State())

    func set(_ ask: @escaping @Sendable (PictureID) -> Void) {
        state.withLock { $0.ask = ask }
    }

    func request(_ id: PictureID) {
        let now = MonotonicClock.now
        let ask = state.withLock { state -> (@Sendable (PictureID) -> Void)? in
            if let last = state.asked[id], now - last < .seconds(1) { return nil }
            state.asked = state.asked.filter { now - $0.value < .seconds(10) }
            state.asked[id] = now
            return state.ask
        }
        ask?(id)
    }
}

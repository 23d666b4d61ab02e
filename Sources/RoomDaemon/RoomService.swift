import AudioPipeline
import Base
import Codecs
import Conferencing
import ConfigurationFile
import ControlAPI
import ControlServer
import Glibc
import Hardware
import Logging
import Media
import Meeting
import Metrics
import Room
import Scheduling
import ServiceLifecycle
import Synchronization
import Transport

/// The running room: starts the threads, the socket and the policy, and on shutdown leaves the meeting before anything
/// is taken down.
struct RoomService: Service {
    let parts: DaemonParts
    let inherited: InheritedDescriptors
    let problems: [(code: String, text: String)]

    func run() async throws {
        let host = RoomHost(logger: Logger(label: "room"))
        let store = parts.store
        let writer = StateWriter { memory throws(StateStore.Problem) in try store.save(memory) }
        let reports = AudioReports(
            microphone: parts.devices.microphone, speaker: parts.devices.speaker)
        let bridge = ControlBridge(logger: Logger(label: "control")) { host.post($0) }
        let control = try await startControl(bridge)
        let meetings = MeetingDriver(
            conference: parts.conference, services: parts.configuration.services,
            hasMicrophone: parts.devices.microphone != nil, hasCamera: parts.camera != nil, relays: parts.relays,
            logger: Logger(label: "meeting")
        ) { host.post($0) }
        watchCodec(host)
        let mixers = makeMixers(host, reports)
        let statistics = StatisticsSampler(parts, host: host, control: control)
        let actuators = RoomHost.Actuators(
            control: control, bridge: bridge, meetings: meetings, audio: parts.audio, mixers: mixers,
            camera: parts.camera, encoding: parts.encoding, display: parts.display, calendars: parts.calendars,
            hub: parts.hub, store: writer, audioReports: reports, statistics: statistics, desk: parts.desk,
            television: parts.devices.television)
        let manager = ServiceManager()
        let watchdog: Watchdog
        do {
            try startThreads(host, writer, reports, mixers)
            watchdog = watch(manager, host, control)
            try watchdog.start()
        } catch {
            await control.stop()
            throw error
        }
        let monitor = DeviceMonitor { [desk = parts.desk] in desk.take($0) }
        if let problem = monitor.problem {
            Logger(label: "devices").warning("\(problem)")
        }
        tellStart(host, actuators, control)
        let metrics = await startMetrics(statistics, host)
        Logger(label: "roomd").notice(
            "roomd \(Version.text) is running", metadata: ["room": "\(parts.configuration.room.name)"])
        manager.tellReady()
        await withGracefulShutdownHandler {
            await work(host, actuators)
        } onGracefulShutdown: {
            manager.tellStopping()
            host.post(.shutdown)
        }
        watchdog.stop()
        for server in metrics { await server.stop() }
        await control.stop()
        writer.stop()
        mixers.stop()
        stopThreads(monitor)
    }

    private func work(_ host: RoomHost, _ actuators: RoomHost.Actuators) async {
        let events = parts.conference.events
        // Apart from the others: nobody waits for its end, as a calendar's disk may hang.
        let calendars = parts.calendars.map { calendars in
            Task { await calendars.run { host.post($0) } }
        }
        if calendars == nil { host.post(.calendar(.unconfigured)) }
        defer { calendars?.cancel() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await event in events { actuators.meetings.take(event) } }
            group.addTask { await actuators.statistics.run() }
            group.addTask { await host.run(makeController(), actuators) }
            // The policy ends by itself; everything else only serves it.
            await host.finished()
            group.cancelAll()
        }
    }

    // MARK: - Start

    private func startControl(_ bridge: ControlBridge) async throws -> ControlServer {
        let wanted = parts.configuration.control
        let socket = inherited.controlSocket
        if socket == nil { makeFolder(of: wanted.socket) }
        return try await ControlServer.start(
            ControlServer.Configuration(
                socket: socket ?? .path(wanted.socket), operators: wanted.operators,
                observers: wanted.observers, version: Version.text), handler: bridge)
    }

    /// Below /run nothing is left from the last start of the machine. What goes wrong, the server tells.
    private func makeFolder(of socket: String) {
        guard let end = socket.lastIndex(of: "/"), end > socket.startIndex else { return }
        mkdir(String(socket[..<end]), 0o755)
    }

    /// The room does without metrics where they cannot be served.
    private func startMetrics(_ statistics: StatisticsSampler, _ host: RoomHost) async -> [MetricsServer] {
        let (wanted, control) = (parts.configuration.metrics, parts.configuration.control)
        if let socket = wanted.socket { makeFolder(of: socket) }
        var servers: [MetricsServer] = []
        var failures: [String] = []
        for place in [
            wanted.socket.map { MetricsServer.Place.path($0) }, wanted.listen.map { MetricsServer.Place.loopback($0) },
        ].compactMap(\.self) {
            do {
                let configuration = MetricsServer.Configuration(
                    place: place, operators: control.operators, observers: control.observers,
                    contentType: PrometheusText.contentType)
                servers.append(try await MetricsServer.start(configuration) { await statistics.metrics() })
            } catch {
                parts.logger.error("there are no metrics", metadata: ["reason": "\(error)"])
                failures.append("\(error)")
            }
        }
        if !failures.isEmpty {
            let text = "Metrics cannot be served until roomd starts again: \(failures.joined(separator: "; "))"
            host.post(.problem(code: "metrics.unavailable", text: text))
        }
        return servers
    }

    private func makeMixers(_ host: RoomHost, _ reports: AudioReports) -> MixerDesk {
        let audio = parts.audio
        return MixerDesk(
            MixerDesk.Outputs(
                setEngine: { audio.setSpeaker(volume: $0, isMuted: $1) },
                tellVolume: { reports.follow(cardVolume: $0) },
                tellMicrophoneKey: { host.post(.microphoneKey(isMuted: $0)) }),
            logger: Logger(label: "sound"))
    }

    private func startThreads(
        _ host: RoomHost, _ writer: StateWriter, _ reports: AudioReports, _ mixers: MixerDesk
    ) throws {
        try writer.start { host.tellSaved($0, problem: $1) }
        try parts.stun.start { host.post(.problem(code: "configuration.stun", text: $0)) }
        parts.stunWatch.start { host.post(.problem(code: "network.stun", text: $0)) }
        try parts.relays.start { host.post(.problem(code: $0, text: $1)) }
        try parts.thread.start()
        try parts.decoding.start()
        try parts.encoding?.start()
        try parts.audio.start { status in
            for input in reports.inputs(for: status) { host.post(input) }
        }
        let desk = parts.desk
        listenToSound(host, reports, mixers)
        let cameraLog = CameraLog(Logger(label: "camera"), name: "camera")
        // A camera may take a while to open.
        parts.camera?.expectChange()
        try parts.camera?.start { [camera = parts.camera] status in
            let settingsProblem = (camera?.camera as? any SelectableCamera)?.settingsProblem
            cameraLog.note(status, settingsProblem: settingsProblem)
            for input in DeviceReports.inputs(for: status) { host.post(input) }
            desk.touch()
        }
        let contentLog = CameraLog(Logger(label: "content"), name: "HDMI input")
        parts.content?.expectChange()
        try parts.content?.start { [content = parts.content] status in
            contentLog.note(status)
            let isThere = (content?.camera as? any SelectableCamera).map { $0.problem == nil } ?? true
            for input in DeviceReports.contentInputs(for: status, isThere: isThere) { host.post(input) }
            desk.touch()
        }
        try parts.display?.start { status in
            for input in DeviceReports.inputs(for: status) { host.post(input) }
            desk.touch()
        }
        try desk.start { host.post(.inventory($0)) }
        parts.devices.television?.start { host.post(.activity) }
    }

    private func listenToSound(_ host: RoomHost, _ reports: AudioReports, _ mixers: MixerDesk) {
        let (desk, logger) = (parts.desk, Logger(label: "sound"))
        let wasThere = Mutex<Set<Media.DeviceKind>>([])
        parts.devices.soundNews.listen { news in
            let code = "\(news.kind.rawValue).unavailable"
            switch news.event {
            case .opened(let device, let format):
                _ = wasThere.withLock { $0.insert(news.kind) }
                logger.notice(
                    "a \(news.kind.rawValue) is in use", metadata: ["device": "\(device.id)", "format": "\(format)"])
                host.post(.problem(code: code, text: nil))
            case .lost(let error):
                logger.error("the \(news.kind.rawValue) is lost", metadata: ["reason": "\(error)"])
            case .unavailable(let error):
                logger.warning("there is no \(news.kind.rawValue)", metadata: ["reason": "\(error)"])
                // Of one that was there its loss is told.
                if !wasThere.withLock({ $0.contains(news.kind) }) {
                    host.post(.problem(code: code, text: DeviceReports.missing(news.kind, error.message)))
                }
            }
            mixers.take(news.kind, news.event)
            reports.expectNews()
            desk.touch()
        }
    }

    /// Over every loop that something in the room hangs on.
    private func watch(_ manager: ServiceManager, _ host: RoomHost, _ control: ControlServer) -> Watchdog {
        let threads = [
            parts.thread.pulse, parts.audio.pulse, parts.decoding.pulse, parts.encoding?.pulse, parts.camera?.pulse,
            parts.content?.pulse,
            parts.display?.pulse, host.pulse,
        ].compactMap(\.self)
        let socket = LoopPulse("control")
        let loops =
            threads.map { Heartbeat.Loop(pulse: $0) }
            + [Heartbeat.Loop(pulse: socket) { control.execute { socket.beat() } }]
        return Watchdog(manager, loops: loops, logger: Logger(label: "watchdog")) { host.summary.text }
    }

    private func tellStart(_ host: RoomHost, _ actuators: RoomHost.Actuators, _ control: ControlServer) {
        for problem in problems { host.post(.problem(code: problem.code, text: problem.text)) }
        // A disk that hangs holds nobody up.
        Task { actuators.meetings.checkSecrets() }
        if let problem = parts.storeProblem { host.post(.problem(code: "storage.state", text: problem)) }
        for group in control.missingGroups {
            host.post(
                .problem(
                    code: "control.group.\(group)",
                    text: "The group “\(group)” of [control] does not exist: create it, or name another."))
        }
    }

    private func watchCodec(_ host: RoomHost) {
        let wanted = VideoCodec(parts.configuration.video.codec)
        parts.conference.sender.whenPicturesChange { kind, pictures in
            guard kind == .video else { return }
            host.post(.problem(code: CodecHealth.code, text: CodecHealth.problem(wanted: wanted, pictures)))
        }
    }

    private func makeController() -> RoomController {
        let configuration = parts.configuration
        let settings = RoomSettings(
            name: configuration.room.name, timezone: configuration.room.timezone ?? LocalTime.systemZone,
            language: configuration.room.language, version: Version.text, pid: Int(getpid()),
            policy: JoinPolicy(configuration.join), entersWithMicrophone: configuration.join.microphone,
            entersWithCamera: configuration.join.camera,
            services: configuration.services.map { RoomSettings.Service(name: $0.name, url: $0.url) },
            calendarPatience: configuration.calendars.map(\.refresh).max().map { $0 * 3 + .seconds(60) },
            displayStandby: configuration.devices.displayStandby)
        return RoomController(settings, memory: parts.memory, at: RoomHost.now)
    }

    // MARK: - End

    /// From the edge inwards, so that nothing is asked that is gone already.
    private func stopThreads(_ monitor: DeviceMonitor) {
        monitor.stop()
        parts.desk.stop()
        parts.devices.television?.stop()
        parts.stun.stop()
        parts.relays.stop()
        parts.display?.stop()
        parts.camera?.stop()
        parts.content?.stop()
        parts.encoding?.stop()
        parts.thread.stop()
        parts.decoding.stop()
        parts.audio.stop()
    }
}

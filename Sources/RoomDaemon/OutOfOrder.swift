import Base
import ConfigurationFile
import Glibc
import Logging
import Media
import Room
import ServiceLifecycle
import UnixSignals

/// What stands on the display while the daemon fails again and again: people are told, and whom to tell. Nothing is used
/// of the room but its display.
enum OutOfOrder {
    /// Shows it until SIGTERM or SIGINT.
    /// - Parameter file: the configuration. What is wrong with it may be why the daemon does not start: what cannot be
    ///   read of it is as by default.
    static func run(file: String) async throws {
        LoggingSystem.bootstrap { StandardErrorLog(label: $0) }
        defer { LogWriter.standardError.flush(until: MonotonicClock.now + .seconds(1)) }
        let configuration = (try? ConfigurationLoader.load(path: file))?.configuration ?? RoomConfiguration()
        LocalTime.useZone(configuration.room.timezone)
        guard let notice = Notice(configuration, host: hostName()) else { return }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: notice, successTerminationBehavior: .gracefullyShutdownGroup)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "lifecycle")))
        try await group.run()
    }

    private static func hostName() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "?" }
        return name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    struct Notice: Service {
        let display: DisplayDriver
        private let television: CECTelevision?

        /// nil where the room has no display.
        init?(_ configuration: RoomConfiguration, host: String) {
            let devices = OpenDevices(displayOf: configuration)
            guard let display = devices.display else { return nil }
            let room = configuration.room
            self.display = DisplayDriver(
                display: display, store: PictureStore(), camera: nil, roomName: room.name, language: room.language,
                logger: Logger(label: "display"))
            television = devices.television
            let screen = Screen.outOfOrder(roomName: room.name, language: room.language, host: host)
            self.display.show { _ in screen }
        }

        func run() async throws {
            try display.start { _ in }
            television?.start {}
            television?.wake()
            try await gracefulShutdown()
            television?.stop()
            display.stop()
        }
    }
}

import Logging
import Media
import Synchronization
import Testing

@testable import RoomDaemon

@Suite struct CameraLogTests {
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    private struct KeptLog: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let details = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            lines.all.withLock { $0.append("\(event.level): \(event.message)\(details)") }
        }
    }

    @Test func whatCouldNotBeSetAgainIsLoggedEachTimeTheCameraIsBack() {
        let lines = Lines()
        let log = CameraLog(Logger(label: "test") { _ in KeptLog(lines: lines) }, name: "camera")
        let problem = DeviceError(.failed, "focus was not set")
        var status = CameraFeed.Status(
            isOpen: true, condition: .working, device: "cam",
            format: VideoFormat(width: 320, height: 180, frameRate: 30))
        log.note(status)
        (status.condition, status.problem) = (.lost, "the cable is out")
        log.note(status, settingsProblem: problem)
        (status.condition, status.problem) = (.working, nil)
        log.note(status, settingsProblem: problem)
        status.isOpen = false
        log.note(status, settingsProblem: problem)
        let delivers = "notice: the camera delivers device=cam format=320x180@30.0"
        #expect(
            lines.all.withLock { $0 } == [
                delivers, "error: there is nothing from the camera reason=the cable is out", delivers,
                "warning: not everything that was set of the camera is set again reason=focus was not set",
            ])
    }
}

import Base
import Compositor
import ConfigurationFile
import Media
import Testing

@testable import RoomDaemon

@Suite struct OutOfOrderTests {
    private func configuration(display: String) -> RoomConfiguration {
        var configuration = RoomConfiguration()
        configuration.room.name = "Kepler"
        configuration.devices.display = display
        return configuration
    }

    @Test func itStandsOnTheDisplay() throws {
        let notice = try #require(
            OutOfOrder.Notice(configuration(display: "headless:640x360"), host: "kepler.example.org"))
        try notice.display.start { _ in }
        defer { notice.display.stop() }
        let answer = Monitor<Result<DisplayDriver.Snapshot, DisplayDriver.SnapshotError>?>(nil)
        notice.display.takeSnapshot(width: 640) { result in answer.update { $0 = result } }
        let found = answer.wait(until: MonotonicClock.now + .seconds(10)) { $0 }
        let screenshot = try #require(try found?.get().screenshot)
        #expect(screenshot.width == 640 && screenshot.height == 360)
        let statistics = notice.display.statistics
        #expect(statistics.compose.count > 0)
    }

    @Test func aRoomWithoutADisplayHasNothingToSayItOn() {
        #expect(OutOfOrder.Notice(configuration(display: "none"), host: "kepler") == nil)
    }
}

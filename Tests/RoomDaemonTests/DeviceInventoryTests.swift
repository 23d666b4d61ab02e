import ControlAPI
import Media
import Testing

@testable import RoomDaemon

@Suite struct DeviceInventoryTests {
    private func device(_ id: String, _ kind: Media.DeviceKind) -> Media.DeviceDescription {
        Media.DeviceDescription(id: id, kind: kind, name: id, bus: "usb")
    }

    @Test func aDeviceThatIsUsedIsListedOnceAndAsWhatItIs() {
        let list = DeviceInventory.list(
            [.init(device: device("card", .speaker), state: .busy)],
            [device("card", .microphone), device("card", .speaker), device("cam", .camera)])
        #expect(list.map(\.kind) == [.speaker, .microphone, .camera])
        #expect(list.map(\.selected) == [true, false, false])
        #expect(list.map(\.state) == [.busy, .ready, .ready])
    }

    @Test func whatIsNotThereIsListedOnlyUnderANameOfItsOwn() {
        let list = DeviceInventory.list(
            [
                .init(device: device("auto", .camera), state: .lost),
                .init(device: device("/dev/video7", .camera), state: .lost),
            ], [])
        #expect(list.map(\.id) == ["/dev/video7"])
    }
}

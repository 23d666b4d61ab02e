import Media
import Testing

@testable import Hardware

@Suite struct CameraFormatsTests {
    private let node = "/dev/video0"

    @Test func tellsEverySizeWithItsHighestRate() throws {
        let device = FakeVideoDevice.camera([
            .init(.mjpeg, [(1920, 1080), (640, 360)], rates: [30, 15]), .init(.yuyv, [(640, 360)], rates: [10]),
        ])
        let offers = try CameraFormats(path: node, system: FakeVideoDriver([node: device])).all()
        #expect(offers.map(\.pixelFormat) == ["MJPG", "MJPG", "YUYV"])
        #expect(offers.map(\.format.width) == [1920, 640, 640])
        #expect(offers.map(\.format.frameRate) == [30, 30, 10])
    }

    @Test func ofARangeOfSizesTheEndsAreToldAndNoListIsWithoutEnd() throws {
        var device = FakeVideoDevice.camera([.init(.yuyv, [], rates: [30])])
        device.formats[0].sizes = [
            try #require(OfferedSizes(width: (32, 1920), step: 2, height: (32, 1080), step: 2))
        ]
        let offers = try CameraFormats(path: node, system: FakeVideoDriver([node: device])).all()
        #expect(offers.map(\.format.width) == [32, 1920])
        device.formats[0].sizes = (1...200).compactMap { OfferedSizes(width: $0 * 2, height: 32) }
        #expect(try CameraFormats(path: node, system: FakeVideoDriver([node: device])).all().count == 64)
    }

    @Test func aNodeThatIsNotThereIsAnError() {
        #expect(throws: DeviceError.self) { try CameraFormats(path: node, system: FakeVideoDriver([:])).all() }
    }
}

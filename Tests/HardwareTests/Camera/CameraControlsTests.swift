import Base
import Glibc
import Media
import Synchronization
import Testing

@testable import Hardware

@Suite struct CameraControlsTests {
    private let node = "/dev/video0"
    private let brightness: UInt32 = 0x0098_0900
    private let exposureMode: UInt32 = 0x009A_0901
    private let exposureTime: UInt32 = 0x009A_0902
    private let zoom: UInt32 = 0x009A_090D

    private func driver() -> FakeVideoDriver {
        var device = FakeVideoDevice.camera()
        device.controls = [
            NodeControl(
                id: brightness, kind: .integer, name: "Brightness", minimum: -64, maximum: 64, step: 1, defaultValue: 0),
            // A heading, and something that nobody knows.
            NodeControl(id: 0x0098_0001, kind: .other, name: "User", minimum: 0, maximum: 0, step: 0, defaultValue: 0),
            NodeControl(
                id: 0x0A04_6D04, kind: .integer, name: "LED", minimum: 0, maximum: 3, step: 1, defaultValue: 3),
            NodeControl(
                id: exposureMode, kind: .menu, name: "Auto Exposure", minimum: 0, maximum: 3, step: 1, defaultValue: 3),
            NodeControl(
                id: exposureTime, kind: .integer, name: "Exposure Time", minimum: 3, maximum: 2047, step: 1,
                defaultValue: 250, isInactive: true),
            NodeControl(
                id: zoom, kind: .integer, name: "Zoom", minimum: 100, maximum: 500, step: 50, defaultValue: 100),
        ]
        device.menus[exposureMode] = [1: "Manual Mode", 3: "Aperture Priority Mode"]
        device.values[zoom] = 150
        return FakeVideoDriver([node: device])
    }

    @Test func tellsWhatTheCameraHas() throws {
        let driver = driver()
        let controls = try CameraControls(path: node, system: driver).all()
        #expect(controls.map(\.name) == ["brightness", "exposureMode", "exposureTime", "zoom"])
        #expect(
            controls[0]
                == CameraControl(
                    name: "brightness", title: "Brightness", kind: .number, range: -64...64, step: 1, defaultValue: 0,
                    value: 0, isReadOnly: false, isActive: true))
        let choices = [
            CameraControl.Choice(value: 1, name: "Manual Mode"),
            CameraControl.Choice(value: 3, name: "Aperture Priority Mode"),
        ]
        #expect(controls[1].kind == .menu(choices))
        #expect(controls[2].isActive == false)
        #expect(controls[3].value == 150 && controls[3].step == 50)
        #expect(driver.debts == [])
    }

    @Test func setsWhatIsAutomaticBeforeWhatItGoverns() throws {
        let driver = driver()
        try CameraControls(path: node, system: driver).set(["exposureTime": 500, "exposureMode": 1, "zoom": 200])
        let values = driver.state.withLock { $0.devices[node]?.values }
        #expect(values == [exposureMode: 1, exposureTime: 500, zoom: 200])
        #expect(driver.debts == [])
        driver.fail(.setControl, EACCES, after: 1)
        let error = #expect(throws: DeviceError.self) {
            try CameraControls(path: node, system: driver).set(["exposureTime": 600, "exposureMode": 3])
        }
        #expect(error?.message.contains("exposureTime was not set to 600") == true)
        #expect(driver.state.withLock { $0.devices[node]?.values[exposureMode] } == 1, "it is set back")
    }

    @Test func aValueThatCannotBeIsRefusedBeforeAnythingIsSet() {
        let refusals: [([String: Int], String)] = [
            (["brightness": 65, "zoom": 200], "brightness was expected in -64…64, but 65 came"),
            (["zoom": 120], "zoom was expected in 100…500 in steps of 50, but 120 came"),
            (["exposureMode": 0], "expected to be one of 1 (Manual Mode), 3 (Aperture Priority Mode), but 0 came"),
            (["focus": 1], "no control “focus”; present: brightness, exposureMode, exposureTime, zoom"),
        ]
        let driver = driver()
        for (values, text) in refusals {
            let error = #expect(throws: DeviceError.self) {
                try CameraControls(path: node, system: driver).set(values)
            }
            #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
            #expect(error?.reason == .unknown)
        }
        #expect(driver.calls(.setControl) == 0)
        #expect(driver.debts == [])
    }

    @Test func aCameraThatIsGoneSaysSo() {
        let driver = driver()
        driver.unplug(node)
        let error = #expect(throws: DeviceError.self) { try CameraControls(path: node, system: driver).all() }
        #expect(error?.reason == .lost)
    }

    @Test func everyErrorEndsWithTheNodeClosed() {
        for call in [VideoCall.queryCapabilities, .queryControl, .queryMenu, .setControl] {
            let driver = driver()
            driver.fail(call, EIO)
            #expect(throws: DeviceError.self) { try CameraControls(path: node, system: driver).set(["brightness": 1]) }
            #expect(driver.debts == [], "\(call)")
        }
    }

    @Test func controlsAreReadWithoutDisturbingTheStream() throws {
        let driver = driver()
        let camera = try V4L2Camera(
            path: node, wanted: VideoFormat(width: 64, height: 48, frameRate: 30), system: driver)
        let pool = FramePool(capacity: 2)
        _ = try camera.capture(from: pool, until: driver.now + .seconds(1))
        try CameraControls(path: node, system: driver).set(["brightness": 10])
        let frame = try camera.capture(from: pool, until: driver.now + .seconds(1))
        #expect(frame?.sequence == 1)
    }
}

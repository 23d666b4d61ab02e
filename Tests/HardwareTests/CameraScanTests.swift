import Media
import TestSupport
import Testing

@testable import Hardware

@Suite struct CameraScanTests {
    private let c920 = DeviceNode(
        name: "video0", path: "/dev/video0",
        links: [
            "/dev/v4l/by-path/pci-0000:00:14.0-usb-0:1:1.0-video-index0",
            "/dev/v4l/by-id/usb-046d_HD_Pro_Webcam_C920_9A5B-video-index0",
        ],
        properties: ["ID_BUS": "usb", "ID_V4L_PRODUCT": "HD Pro Webcam C920"], ancestors: ["usb", "usb", "pci"])

    @Test func aCameraIsKnownByItsIdentityAndAnswersToEveryName() throws {
        let inventory = CameraScan.inventory([c920]) { path throws(DeviceError) in .camera("HD Pro Webcam C920") }
        let camera = try #require(inventory.devices.first)
        #expect(
            camera.description
                == DeviceDescription(
                    id: "/dev/v4l/by-id/usb-046d_HD_Pro_Webcam_C920_9A5B-video-index0", kind: .camera,
                    name: "HD Pro Webcam C920", bus: "usb"))
        #expect(try inventory.device(for: "/dev/video0", kind: .camera) == camera)
        #expect(try inventory.device(for: c920.links[0], kind: .camera) == camera)
        #expect(try inventory.device(for: "auto", kind: .camera) == camera)
        #expect(try inventory.device(for: "/dev/video0", kind: .content) == camera)
    }

    @Test func nodesThatDeliverNoPicturesAreLeftOut() {
        let nodes = ["video1", "video2", "video3", "v4l-subdev0", "radio0"].map {
            DeviceNode(name: $0, path: "/dev/\($0)")
        }
        let inventory = CameraScan.inventory(nodes) { path throws(DeviceError) in
            var capabilities = VideoCapabilities.camera("x")
            switch path {
            case "/dev/video1": capabilities.flags = VideoCapabilities.metadataCapture | VideoCapabilities.streaming
            case "/dev/video2": capabilities.flags |= VideoCapabilities.memoryToMemory
            case "/dev/video3": capabilities.flags = VideoCapabilities.videoCapture
            default: throw DeviceError(.failed, "\(path) must not be asked")
            }
            return capabilities
        }
        #expect(inventory == HardwareInventory())
    }

    @Test func anInputWithDVTimingsIsASourceOfContent() {
        let inventory = CameraScan.inventory([DeviceNode(name: "video4", path: "/dev/video4", ancestors: ["pci"])]) {
            path throws(DeviceError) in
            var capabilities = VideoCapabilities.camera("HDMI grabber", bus: "PCI:0000:01:00.0")
            capabilities.hasDVTimings = true
            return capabilities
        }
        #expect(
            inventory.descriptions(of: .content)
                == [DeviceDescription(id: "/dev/video4", kind: .content, name: "HDMI grabber", bus: "pci")])
        #expect(throws: DeviceError.self) { try inventory.device(for: "auto", kind: .camera) }
    }

    @Test func contentComesFromAnHDMIInputBeforeACamera() throws {
        let input = DeviceNode(name: "video4", path: "/dev/video4", ancestors: ["pci"])
        let inventory = CameraScan.inventory([c920, input]) { path throws(DeviceError) in
            var capabilities = VideoCapabilities.camera("x")
            capabilities.hasDVTimings = path == "/dev/video4"
            return capabilities
        }
        #expect(try inventory.device(for: "auto", kind: .content).description.id == "/dev/video4")
        #expect(try inventory.device(for: "auto", kind: .camera).description.id == c920.stablePath)
    }

    @Test func twinsThatClaimTheSameLinkAreToldApartByTheirPlace() throws {
        var twin = c920
        twin.name = "video2"
        twin.path = "/dev/video2"
        twin.links[0] = "/dev/v4l/by-path/pci-0000:00:14.0-usb-0:2:1.0-video-index0"
        var third = twin
        third.name = "video4"
        third.path = "/dev/video4"
        let inventory = CameraScan.inventory([c920, twin]) { path throws(DeviceError) in .camera("Twin") }
        #expect(inventory.devices.map(\.description.id) == [c920.links[0], twin.links[0]])
        // The link leads to one of them, and nobody knows to which.
        #expect(throws: DeviceError.self) { try inventory.device(for: c920.links[1], kind: .camera) }
        let three = CameraScan.inventory([c920, twin, third]) { path throws(DeviceError) in .camera("Twin") }
        #expect(
            three.devices.map(\.description.id) == [
                "/dev/v4l/by-path/pci-0000:00:14.0-usb-0:1:1.0-video-index0",
                "/dev/video2", "/dev/video4",
            ])
    }

    @Test func malformedNodesCostOnlyThemselves() throws {
        let fake = try TemporaryFolder()
        let nodes = [
            DeviceNode(name: "video0", path: try fake.file("video0")),
            DeviceNode(name: "video1", path: fake.path(of: "video1")),
            DeviceNode(name: "video2", path: nil),
            DeviceNode(name: "", path: ""),
            DeviceNode(name: "video3", path: "/dev/null"),
        ]
        let inventory = CameraScan.inventory(nodes, ask: VideoCapabilities.init(path:))
        #expect(inventory.devices.isEmpty)
        #expect(inventory.problems.map(\.reason) == [.failed, .lost, .failed])
        #expect(inventory.problems.allSatisfy { $0.message.contains("expected to be a video device") })
    }

    @Test func aNamelessCameraIsCalledByItsProductOrItsNode() {
        var nameless = c920
        nameless.properties = [:]
        let names = CameraScan.inventory([c920, nameless]) { path throws(DeviceError) in .camera(" \u{0}\u{1} ") }
            .descriptions().map(\.name)
        #expect(Set(names) == ["HD Pro Webcam C920", "video0"])
    }

    @Test func theBusComesFromTheDriverThenFromUdevThenFromWhatTheDeviceHangsOn() {
        #expect(VideoCapabilities.camera("x", bus: "usb-0000:00:14.0-1").bus == "usb")
        #expect(VideoCapabilities.camera("x", bus: "PCI:0000:01:00.0").bus == "pci")
        #expect(VideoCapabilities.camera("x", bus: "platform:vivid-000").bus == "platform")
        #expect(VideoCapabilities.camera("x", bus: "").bus == nil)
        #expect(DeviceNode(name: "a", properties: ["ID_BUS": "usb"], ancestors: ["pci"]).bus == "usb")
        #expect(DeviceNode(name: "a", properties: ["ID_BUS": ""], ancestors: ["usb", "pci"]).bus == "usb")
        #expect(DeviceNode(name: "a", ancestors: ["i2c"]).bus == "platform")
    }
}

import Media
import Testing

@testable import Hardware

@Suite struct HardwareInventoryTests {
    /// Runs on whatever machine this is; on one without devices everything is empty and nothing fails.
    @Test func scanningThisMachineGivesWellFormedDevices() throws {
        let inventory = HardwareInventory.scan()
        for device in inventory.devices {
            #expect(!device.description.id.isEmpty && !device.description.name.isEmpty)
            #expect(["usb", "pci", "platform"].contains(device.description.bus), "\(device)")
            #expect(try inventory.device(for: device.description.id, kind: device.description.kind) == device)
        }
        #expect(Set(inventory.devices).count == inventory.devices.count)
        #expect(HardwareInventory.scan().descriptions() == inventory.descriptions())
    }

    @Test func libudevFindsWhatEveryMachineHas() throws {
        let tree = try DeviceTree()
        #expect(try tree.nodes(subsystem: "no-such-subsystem").isEmpty)
        // Containers may hide /sys; where the kernel shows its memory devices, /dev/null is among them.
        let memory = try tree.nodes(subsystem: "mem")
        if !memory.isEmpty { #expect(memory.contains { $0.name == "null" && $0.path == "/dev/null" }) }
    }

    @Test func anEmptyMachineSaysWhatIsMissing() {
        let empty = HardwareInventory()
        for kind in DeviceKind.allCases {
            #expect(throws: DeviceError(.unknown, "no \(kind.rawValue) was found on this machine")) {
                try empty.device(for: "auto", kind: kind)
            }
        }
        #expect(
            throws: DeviceError(.unknown, "there is no camera “/dev/video7” on this machine; present: none")
        ) {
            try empty.device(for: "/dev/video7", kind: .camera)
        }
    }

    @Test func externalDevicesComeBeforeBuiltInOnes() {
        func device(_ id: String, _ kind: DeviceKind, _ bus: String) -> HardwareDevice {
            HardwareDevice(description: DeviceDescription(id: id, kind: kind, name: id, bus: bus))
        }
        let inventory = HardwareInventory(devices: [
            device("d", .display, "pci"), device("b", .camera, "platform"), device("c", .camera, "usb"),
            device("a", .camera, "usb"),
        ])
        #expect(inventory.descriptions().map(\.id) == ["a", "c", "b", "d"])
    }

    @Test(arguments: [
        ("/dev/video0", DeviceKind.camera), ("alsa:hw:0", .microphone), ("alsa:default", .speaker),
        ("/dev/dri/card0", .display), ("auto", .content),
    ])
    func theRefusalNamesTheDeviceAndWhatToConfigureInstead(specification: String, kind: DeviceKind) {
        let absent = HardwareSupport.refusal(of: specification, kind: kind, inventory: HardwareInventory())
        #expect(absent.reason == .unknown)
        #expect(absent.message.contains("simulated devices only"))
        #expect(absent.message.contains("set [devices] \(kind.rawValue) to "))

        let device = HardwareDevice(
            description: DeviceDescription(id: "stable", kind: kind, name: "Thing", bus: "usb"),
            aliases: [specification])
        let present = HardwareSupport.refusal(
            of: specification, kind: kind, inventory: HardwareInventory(devices: [device]))
        #expect(present.reason == .failed)
        #expect(present.message.hasPrefix("Thing (stable) is connected, but"))
    }

    /// A device that is connected would not be driven either.
    @Test func nobodyIsToldToConnectWhatWouldNotBeUsed() {
        for kind in DeviceKind.allCases {
            let absent = HardwareSupport.refusal(of: "auto", kind: kind, inventory: HardwareInventory()).message
            let remark = HardwareSupport.remark(on: "auto", kind: kind)
            for text in [absent, remark] {
                #expect(!text.contains("connect one") && text.contains("simulated devices only"), "\(text)")
            }
            #expect(absent.contains("set [devices] \(kind.rawValue) to "))
            #expect(
                remark.contains("Set [devices] \(kind.rawValue) to ") && remark.contains("without a \(kind.rawValue)"))
        }
    }
}

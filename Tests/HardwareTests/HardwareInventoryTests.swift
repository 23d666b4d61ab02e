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
}

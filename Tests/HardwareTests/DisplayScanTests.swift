import Media
import TestSupport
import Testing

@testable import Hardware

@Suite struct DisplayScanTests {
    private let nodes = [
        DeviceNode(
            name: "card0", path: "/dev/dri/card0", links: ["/dev/dri/by-path/pci-0000:00:02.0-card"],
            ancestors: ["pci"]),
        DeviceNode(name: "card0-HDMI-A-1", path: nil),
        DeviceNode(name: "renderD128", path: "/dev/dri/renderD128"),
    ]

    @Test func everyConnectedMonitorIsADisplay() throws {
        let inventory = DisplayScan.inventory(nodes) { path throws(DeviceError) in
            guard path == "/dev/dri/card0" else { throw DeviceError(.failed, "\(path) must not be asked") }
            return [
                DisplayConnector(name: "DP-1", isConnected: false),
                DisplayConnector(name: "HDMI-A-1", isConnected: true, monitor: "DELL U2720Q"),
                DisplayConnector(name: "HDMI-A-2", isConnected: true),
            ]
        }
        #expect(inventory.problems.isEmpty)
        #expect(inventory.descriptions().map(\.name) == ["DELL U2720Q (HDMI-A-1)", "HDMI-A-2"])
        #expect(inventory.descriptions().map(\.bus) == ["pci", "pci"])
        let first = try inventory.device(for: "/dev/dri/card0", kind: .display)
        #expect(first.description.id == "/dev/dri/by-path/pci-0000:00:02.0-card#HDMI-A-1")
        #expect(
            try inventory.device(for: "/dev/dri/card0#HDMI-A-2", kind: .display).description.name == "HDMI-A-2")
    }

    @Test func malformedCardsCostOnlyThemselves() throws {
        let fake = try TemporaryFolder()
        let nodes = [
            DeviceNode(name: "card0", path: try fake.file("card0")),
            DeviceNode(name: "card1", path: fake.path(of: "card1")),
            DeviceNode(name: "card", path: "/dev/null"), DeviceNode(name: "card2", path: "/dev/null"),
        ]
        let inventory = DisplayScan.inventory(nodes) { path throws(DeviceError) in
            let card = try DisplayCard(path: path)
            return card.connectors()
        }
        #expect(inventory.devices.isEmpty)
        #expect(inventory.problems.map(\.reason) == [.failed, .lost, .failed])
    }

    @Test func theMonitorsNameComesFromItsEDID() {
        var edid = [UInt8](repeating: 0, count: 128)
        edid.replaceSubrange(0..<8, with: [0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0])
        edid.replaceSubrange(72..<77, with: [0, 0, 0, 0xFC, 0])
        edid.replaceSubrange(77..<90, with: Array("DELL U2720Q\n ".utf8))
        edid[127] = 0 &- edid[..<127].reduce(0, &+)
        #expect(EDID.monitorName(edid) == "DELL U2720Q")
        // Any damage, at any byte, and any length: a name or nothing, never a trap.
        for index in edid.indices {
            var damaged = edid
            damaged[index] ^= 0x55
            #expect(EDID.monitorName(damaged) == nil, "byte \(index)")
            _ = EDID.monitorName(Array(edid[..<index]))
        }
    }
}

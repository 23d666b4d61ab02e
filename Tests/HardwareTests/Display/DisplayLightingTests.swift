import Base
import CTestSupport
import Glibc
import Media
import Testing

@testable import Hardware

/// Which connector is lit, in which mode, by which way.
@Suite struct DisplayLightingTests {
    @Test func theFirstConnectorWithAMonitorIsLitInItsPreferredMode() throws {
        let fixture = DisplayFixture()
        fixture.card.plugIn(1, [.of(48, 27, 50), .hd], edid: .named("DELL U2720Q", physicalAddress: 0x1000))
        let buffer = try fixture.display.nextBuffer()
        #expect(buffer.width == 64 && buffer.height == 36)
        #expect(fixture.display.mode == DisplayMode(width: 64, height: 36, refresh: 60))
        #expect(
            fixture.display.device
                == DeviceDescription(
                    id: "/dev/dri/by-path/pci-0-card#HDMI-A-1", kind: .display, name: "DELL U2720Q (HDMI-A-1)",
                    bus: "pci"))
        #expect(fixture.display.generation == 1)
        #expect(fixture.card.shown.map(\.pixel) == [0])
        #expect(
            fixture.told.last
                == DisplayConnection(card: 0, connectorID: 52, connector: "HDMI-A-1", physicalAddress: 0x1000))
        #expect(fixture.card.commits.map(\.kind) == [.test, .modeset])
        fixture.expectClean()
    }

    @Test(arguments: [
        "HDMI-A-2", "/dev/dri/card0#HDMI-A-2", "/dev/dri/by-path/pci-0-card#HDMI-A-2",
    ])
    func theConfiguredConnectorIsLitThoughAnotherComesFirst(specification: String) throws {
        let fixture = DisplayFixture(specification)
        fixture.card.plugIn(0)
        fixture.card.plugIn(2, [.uhd])
        _ = try fixture.display.nextBuffer()
        #expect(fixture.display.device.id == "/dev/dri/by-path/pci-0-card#HDMI-A-2")
        #expect(fixture.display.mode.width == 128)
        fixture.expectClean()
    }

    @Test func aConnectorThatTheCardDoesNotHaveIsSaidAndThePresentOnesNamed() throws {
        let fixture = DisplayFixture("HDMI-A-7")
        fixture.card.plugIn(0)
        let error = try #require(fixture.lost { _ = try fixture.display.nextBuffer() })
        #expect(error.reason == .unknown)
        #expect(error.message.contains("no connector “HDMI-A-7”; present: DP-1, HDMI-A-1, HDMI-A-2"))
        fixture.expectClean()
    }

    @Test func aMachineWithoutCardsSaysWhatToConfigure() throws {
        let fixture = DisplayFixture()
        fixture.graphics.hardware = []
        let error = try #require(fixture.lost { _ = try fixture.display.nextBuffer() })
        #expect(error.reason == .lost && error.message.contains("set [devices] display to headless"))
        fixture.graphics.listTrouble = DeviceError(.failed, "libudev did not start")
        fixture.graphics.pass(.seconds(2))
        #expect(fixture.lost { _ = try fixture.display.nextBuffer() }?.message == "libudev did not start")
    }

    @Test func aPathThatUdevDoesNotKnowIsTriedAndItsAbsenceTold() throws {
        let fixture = DisplayFixture("/dev/dri/card9")
        let error = try #require(fixture.lost { _ = try fixture.display.nextBuffer() })
        #expect(error.reason == .lost && error.message.hasPrefix("/dev/dri/card9 "))
        fixture.expectClean()
    }

    @Test func theRequestedModeIsTakenWithTheNearestRate() throws {
        let modes: [KMSMode] = [.uhd, .of(64, 36, 50), .of(64, 36, 59.94), .of(64, 36, 120)]
        func lit(_ request: String) throws -> DisplayMode {
            let fixture = DisplayFixture(mode: DisplayModeRequest(request))
            fixture.card.plugIn(0, modes)
            _ = try fixture.display.nextBuffer()
            defer { fixture.expectClean() }
            return fixture.display.mode
        }
        #expect(try lit("64x36") == DisplayMode(width: 64, height: 36, refresh: 59.94))
        #expect(try lit("64x36@60") == DisplayMode(width: 64, height: 36, refresh: 59.94))
        #expect(try lit("64x36@50") == DisplayMode(width: 64, height: 36, refresh: 50))
        // What the monitor does not have cannot be had.
        #expect(try lit("100x100").width == 128)
    }

    @Test func requestsAreReadStrictly() {
        #expect(DisplayModeRequest("1920x1080") == DisplayModeRequest(width: 1920, height: 1080))
        #expect(DisplayModeRequest("3840x2160@29.97") == DisplayModeRequest(width: 3840, height: 2160, refresh: 29.97))
        for text in ["", "x", "1920", "1920x", "1920x1080@", "1920x1080@0", "1x1", "-1920x1080", "1920x1080x2", "auto"]
        {
            #expect(DisplayModeRequest(text) == nil, "\(text)")
        }
    }

    @Test func aModeThatTheCardRefusesIsFollowedBySmallerOnes() throws {
        let fixture = DisplayFixture()
        fixture.card.plugIn(0, [.uhd, .of(96, 54, 60), .of(64, 36, 60), .of(64, 36, 50)])
        fixture.card.widestMode = 64
        _ = try fixture.display.nextBuffer()
        #expect(fixture.display.mode == DisplayMode(width: 64, height: 36, refresh: 60))
        // It stays there, although the first choice is another.
        fixture.run(for: .seconds(5))
        #expect(fixture.display.generation == 1)
        fixture.expectClean()
    }

    @Test func interlacedModesAreForMonitorsThatHaveNothingElse() {
        var interlaced = KMSMode.of(1920, 1080, 30, isPreferred: true)
        interlaced.isSpecial = true
        #expect(KMSModeChoice.ranked([interlaced, .of(1280, 720, 60)], request: nil).map(\.width) == [1280])
        #expect(KMSModeChoice.ranked([interlaced], request: nil) == [interlaced])
        #expect(KMSModeChoice.ranked([], request: nil).isEmpty)
        #expect(KMSModeChoice.ranked((1...30).map { .of($0 * 64, 64, 60) }, request: nil).count <= KMSModeChoice.limit)
    }

    @Test func aWayThatTheCardRefusesIsFollowedByAnother() throws {
        let fixture = DisplayFixture()
        fixture.card.plugIn(0)
        fixture.card.brokenCRTCs = [41]
        try fixture.draw(1)
        #expect(fixture.card.connectedCRTCs == [42])
        fixture.expectClean()
    }

    @Test func whenNothingIsAcceptedTheErrorSaysWhatWasTried() throws {
        let fixture = DisplayFixture()
        fixture.card.plugIn(0)
        fixture.card.brokenCRTCs = [41, 42]
        let error = try #require(fixture.lost { _ = try fixture.display.nextBuffer() })
        #expect(error.reason == .failed)
        #expect(error.message.contains("DP-1") && error.message.contains("64×36@60.0"))
        #expect(fixture.graphics.held == 0)
        fixture.card.brokenCRTCs = []
        fixture.graphics.pass(.seconds(1))
        try fixture.draw(1)
        fixture.expectClean()
    }

    @Test func aDriverWithoutAtomicModesettingIsSaidToBeOne() throws {
        let fixture = DisplayFixture()
        fixture.card.plugIn(0)
        fixture.card.isAtomic = false
        let error = try #require(fixture.lost { _ = try fixture.display.nextBuffer() })
        #expect(error.reason == .failed && error.message.contains("atomic modesetting"))
        fixture.expectClean()
    }

    @Test func aConnectorThatGoesWhileItIsReadIsPassedOver() throws {
        let fixture = DisplayFixture()
        fixture.card.plugIn(0)
        fixture.card.plugIn(1)
        fixture.card.faults[.readConnector] = [ENOENT]
        try fixture.draw(1)
        #expect(fixture.display.device.id.hasSuffix("#HDMI-A-1"))
        fixture.expectClean()
    }

    @Test func whatAnEarlierMasterLeftOnIsTurnedOff() throws {
        let fixture = DisplayFixture("HDMI-A-1")
        fixture.card.plugIn(0)
        fixture.card.plugIn(1)
        // The other connector, on the CRTC that would be the first choice, with a cursor on top.
        fixture.card.state.crtcOf = [51: 41]
        fixture.card.state.modeBlob = [41: 7]
        fixture.card.state.isActive = [41: true]
        fixture.card.state.framebuffer = [31: 5, 33: 6]
        fixture.card.state.planeCRTC = [31: 41, 33: 41]
        try fixture.draw(1)
        #expect(fixture.card.state.crtcOf[51] == 0 && fixture.card.state.crtcOf[52] == 41)
        #expect(fixture.card.state.framebuffer[33] == 0)
        fixture.expectClean()
    }

    @Test func theCRTCInUseIsKept() throws {
        let fixture = DisplayFixture()
        fixture.card.plugIn(0)
        fixture.card.state.crtcOf = [51: 42]
        fixture.card.state.modeBlob = [42: 7]
        fixture.card.state.isActive = [42: true]
        fixture.card.state.framebuffer = [32: 5]
        fixture.card.state.planeCRTC = [32: 42]
        try fixture.draw(1)
        #expect(fixture.card.connectedCRTCs == [42])
        fixture.expectClean()
    }

    @Test func ofSeveralCardsTheOneWithAMonitorIsDriven() throws {
        let renderer = FakeCardHardware(0)
        let (empty, used) = (DisplayFixture.card(1), DisplayFixture.card(2))
        used.plugIn(2)
        let fixture = DisplayFixture(cards: renderer, empty, used)
        try fixture.draw(1)
        #expect(fixture.display.device.id == "/dev/dri/by-path/pci-2-card#HDMI-A-2")
        #expect(empty.held == 0 && renderer.held == 0)
        // The monitor moves to another card.
        used.unplug(2)
        empty.plugIn(0)
        fixture.display.lookAgain()
        try fixture.draw(1)
        #expect(fixture.display.device.id == "/dev/dri/by-path/pci-1-card#DP-1")
        #expect(used.held == 0)
        fixture.expectClean()
    }

    @Test func theMachinesCallsTellWhatIsNoCard() {
        #expect(throws: KMSFailure(call: .open, code: ENOTTY)) { _ = try MachineKMSCard(path: "/dev/null") }
        #expect(throws: KMSFailure(call: .open, code: ENOENT)) { _ = try MachineKMSCard(path: "/dev/dri/none") }
    }

    @Test func refusedModesetsCostNoMemory() async {
        await #expect(processExitsWith: .success) {
            let fixture = DisplayFixture()
            fixture.card.plugIn(0)
            fixture.card.faults[.createBlob] = [Int32](repeating: ENOSPC, count: 10_000)
            func refuse(_ count: Int) -> Bool {
                (0..<count).allSatisfy { _ in
                    fixture.graphics.pass(.seconds(2))
                    return fixture.lost { _ = try fixture.display.nextBuffer() } != nil
                }
            }
            guard refuse(100) else { exit(EXIT_FAILURE) }
            let before = ctestsupport_heap_bytes()
            guard refuse(1000) else { exit(EXIT_FAILURE) }
            exit(ctestsupport_heap_bytes() - before < 100_000 ? EXIT_SUCCESS : EXIT_FAILURE)
        }
    }
}

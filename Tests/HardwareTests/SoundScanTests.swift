import Media
import Testing

@testable import Hardware

@Suite struct SoundScanTests {
    @Test func bothDirectionsOfASpeakerphoneAreDevices() throws {
        let devices = [true, false].map {
            SoundScan.device(
                .init(device: 0, isCapture: $0, name: "USB Audio"), cardID: "Jabra", cardName: "Jabra SPEAK 510 ",
                cardNumber: 2, bus: "usb")
        }
        let inventory = HardwareInventory(devices: devices)
        #expect(
            inventory.descriptions(of: .microphone)
                == [
                    DeviceDescription(
                        id: "alsa:hw:CARD=Jabra,DEV=0", kind: .microphone, name: "Jabra SPEAK 510: USB Audio",
                        bus: "usb")
                ])
        for name in [
            "alsa:hw:CARD=Jabra,DEV=0", "alsa:hw:2,0", "alsa:hw:2", "alsa:hw:Jabra", "alsa:plughw:CARD=Jabra,DEV=0",
            "alsa:plughw:2", "auto",
        ] {
            #expect(try inventory.device(for: name, kind: .speaker).description.kind == .speaker)
        }
    }

    @Test func onlyTheFirstPCMOfACardGoesByTheCardsName() {
        let second = SoundScan.device(
            .init(device: 3, isCapture: false, name: "HDMI 0"), cardID: "PCH", cardName: "HDA Intel PCH", cardNumber: 0,
            bus: "pci")
        #expect(second.isNamed("alsa:hw:0,3"))
        #expect(!second.isNamed("alsa:hw:0"))
        #expect(!second.isNamed("alsa:hw:PCH"))
    }

    @Test func aRepeatedOrMissingNameIsNotRepeated() {
        func name(card: String, pcm: String) -> String {
            SoundScan.device(
                .init(device: 0, isCapture: true, name: pcm), cardID: "ID", cardName: card, cardNumber: 0, bus: "pci"
            ).description.name
        }
        #expect(name(card: "Loopback", pcm: "Loopback") == "Loopback")
        #expect(name(card: "Loopback", pcm: "") == "Loopback")
        #expect(name(card: "", pcm: "") == "ID")
        #expect(name(card: "", pcm: "Array") == "Array")
    }

    @Test func aCardThatIsNotThereIsLost() {
        #expect(throws: DeviceError.self) { _ = try SoundCard(number: 31) }
    }
}

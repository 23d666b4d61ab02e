import Media
import Simulation
import TestSupport
import Testing

@Suite struct SimulatedDevicesTests {
    @Test func specificationsMakeDevices() throws {
        let camera = try SimulatedDevices.camera("pattern:320x180@29.97")
        #expect(camera.format == VideoFormat(width: 320, height: 180, frameRate: 29.97))
        #expect(camera.device.id == "pattern:320x180@2997/100")
        #expect(try SimulatedDevices.camera("pattern:320x180", kind: .content).device.kind == .content)
        #expect(try SimulatedDevices.microphone("tone:440").device.id == "tone:440")
        #expect(try SimulatedDevices.microphone("silence").device.bus == "simulated")
        #expect(try SimulatedDevices.speaker("none").device.kind == .speaker)
        let folder = try TemporaryFolder()
        let path = folder.path(of: "out.wav")
        let speaker = try SimulatedDevices.speaker("file:\(path)")
        speaker.stop()
        #expect(speaker.device.id == "file:\(path)")
        let display = try SimulatedDevices.display("headless:1280x720")
        #expect(display.mode == DisplayMode(width: 1280, height: 720, refresh: 60))
    }

    @Test func whatIsNotSimulatedIsForTheHardware() {
        #expect(SimulatedDevices.isSimulated("pattern:1x1", kind: .camera))
        #expect(SimulatedDevices.isSimulated("file:slides.y4m", kind: .content))
        #expect(SimulatedDevices.isSimulated("none", kind: .speaker))
        #expect(SimulatedDevices.isSimulated("silence", kind: .microphone))
        #expect(SimulatedDevices.isSimulated("headless:1280x720", kind: .display))
        #expect(!SimulatedDevices.isSimulated("auto", kind: .camera))
        #expect(!SimulatedDevices.isSimulated("/dev/video0", kind: .camera))
        #expect(!SimulatedDevices.isSimulated("alsa:hw:0", kind: .speaker))
        #expect(!SimulatedDevices.isSimulated("none", kind: .microphone))
    }

    @Test(arguments: [
        ("pattern:", "after the colon"), ("pattern:1280", "WIDTHxHEIGHT"), ("pattern:ax720", "WIDTHxHEIGHT"),
        ("pattern:1280x720@", "rate"), ("pattern:1280x720@fast", "rate"), ("pattern:1280x720@30@30", "WIDTHxHEIGHT"),
        ("pattern:1000x720", "multiple of 80"), ("webcam", "pattern:1280x720@30"),
        ("file:/nowhere.y4m", "No such file"),
    ])
    func wrongCamerasAreNamed(specification: String, words: String) {
        let failure = #expect(throws: DeviceError.self) { _ = try SimulatedDevices.camera(specification) }
        #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "")")
        #expect(failure?.reason == .unknown)
    }

    @Test func otherWrongDevicesAreNamed() {
        let tone = #expect(throws: DeviceError.self) { _ = try SimulatedDevices.microphone("tone:loud") }
        #expect(tone?.message == "expected a frequency in tone:loud, such as tone:440")
        #expect(throws: DeviceError.self) { _ = try SimulatedDevices.microphone("tone:nan") }
        #expect(throws: DeviceError.self) { _ = try SimulatedDevices.microphone("tone:5") }
        #expect(throws: DeviceError.self) { _ = try SimulatedDevices.microphone("alsa:x") }
        let speaker = #expect(throws: DeviceError.self) { _ = try SimulatedDevices.speaker("file:/nowhere/out.wav") }
        #expect(speaker?.message.contains("/nowhere/out.wav cannot be written: No such file") == true)
        #expect(throws: DeviceError.self) { _ = try SimulatedDevices.speaker("silence") }
        #expect(throws: DeviceError.self) { _ = try SimulatedDevices.display("headless:10x10") }
        #expect(throws: DeviceError.self) { _ = try SimulatedDevices.display("headless:1280x720@0") }
    }
}

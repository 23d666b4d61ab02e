import AudioPipeline
import ConfigurationFile
import Hardware
import Media
import Room
import Testing

@testable import RoomDaemon

@Suite struct OpenDevicesTests {
    private func devices(microphone: String, _ audio: RoomConfiguration.Audio = RoomConfiguration().audio)
        -> OpenDevices
    {
        var configuration = RoomConfiguration()
        configuration.devices.camera = "none"
        configuration.devices.speaker = "none"
        configuration.devices.display = "none"
        configuration.devices.microphone = microphone
        configuration.audio = audio
        return OpenDevices(configuration)
    }

    /// Even where the card is not there yet.
    @Test func whatAMicrophoneOfTheMachineHearsIsCleaned() throws {
        let devices = devices(microphone: "alsa:nobody-has-this")
        let processor = try #require(devices.processor)
        #expect(processor.components == .all)
        #expect(devices.failures.isEmpty)
        devices.microphone?.stop()
    }

    @Test func aSimulatedMicrophoneIsTakenAsItIs() {
        for name in ["silence", "tone:440", "none"] { #expect(devices(microphone: name).processor == nil, "\(name)") }
    }

    @Test func aCameraThatWasChosenComesBeforeTheConfigurationItWasChosenUnder() {
        let chosen = DeviceChoices(camera: .init(id: "/dev/v4l/by-id/nobody-has-this", insteadOf: "auto"))
        var configuration = RoomConfiguration()
        configuration.devices.camera = "auto"
        configuration.devices.microphone = "none"
        configuration.devices.speaker = "none"
        configuration.devices.display = "none"
        let camera = OpenDevices(configuration, choices: chosen).camera
        #expect(camera?.device.id == "/dev/v4l/by-id/nobody-has-this")
        camera?.stop()
    }

    @Test func theConfigurationCountsChannelsFromOne() {
        #expect(ChannelChoice(nil) == .all)
        #expect(ChannelChoice([1, 4]) == .only([0, 3]))
    }

    @Test func eachComponentHasItsSwitch() {
        var audio = RoomConfiguration().audio
        audio.echoCancellation = false
        #expect(CaptureProcessing(audio) == [.noiseSuppression, .gainControl, .highPass])
        audio.noiseSuppression = false
        audio.gainControl = false
        #expect(CaptureProcessing(audio) == [])
        let devices = devices(microphone: "alsa:nobody-has-this", audio)
        #expect(devices.processor == nil)
        devices.microphone?.stop()
    }
}

import Base
import ControlAPI
import Media
import Room
import Synchronization
import Testing

@testable import AudioPipeline
@testable import RoomDaemon

@Suite struct DeviceReportsTests {
    /// A sound card that may not be there yet.
    private final class LateMicrophone: Microphone, ProblemTelling {
        let missing = Mutex<DeviceError?>(DeviceError(.lost, "no card"))
        let device = Media.DeviceDescription(id: "card", kind: .microphone, name: "Card", bus: "usb")
        let channels = 2
        var problem: DeviceError? { missing.withLock { $0 } }

        func read(
            into block: UnsafeMutableBufferPointer<Float>, at now: Instant
        ) throws(DeviceError) -> Instant? { nil }
        func stop() {}
    }

    private func camera(_ condition: CameraFeed.Status.Condition, problem: String? = nil) -> [RoomInput] {
        DeviceReports.inputs(
            for: CameraFeed.Status(
                isOpen: true, condition: condition, device: "cam",
                format: VideoFormat(width: 64, height: 48, frameRate: 15), problem: problem))
    }

    private func display(wasThere: Bool, isLost: Bool) -> [RoomInput] {
        DeviceReports.inputs(
            for: DisplayDriver.Status(
                isOn: true, isLost: isLost, mode: DisplayMode(width: 64, height: 48, refresh: 60), device: "d",
                wasThere: wasThere, problem: isLost ? "no monitor" : nil))
    }

    private func content(
        _ condition: CameraFeed.Status.Condition, isThere: Bool, problem: String? = nil
    ) -> [RoomInput] {
        DeviceReports.contentInputs(
            for: CameraFeed.Status(
                isOpen: false, condition: condition, device: "hdmi",
                format: VideoFormat(width: 64, height: 48, frameRate: 15), problem: problem), isThere: isThere)
    }

    /// The report and the problem, in words.
    private func words(_ inputs: [RoomInput]) -> [String] {
        inputs.map { input in
            switch input {
            case .device(.camera(let condition, let isOpen, let device, let format)):
                "\(condition) \(isOpen) \(device ?? "-") \(format?.width ?? 0)"
            case .device(.content(let content)):
                "\(content.state) \(content.device ?? "-") \(content.format?.width ?? 0)"
            case .device(.display(let state, let device, _)): "\(state) \(device ?? "-")"
            case .device(.microphone(let condition, _, let device, let channels)):
                "\(condition) \(device ?? "-") \(channels)"
            case .problem(let code, let text): "\(code): \(text ?? "-")"
            default: "?"
            }
        }
    }

    @Test func aCameraThatWasNeverThereIsAProblemAndNotALoss() {
        #expect(
            words(camera(.missing, problem: "no camera was found")) == [
                "absent true - 0",
                "camera.unavailable: no camera was found. If the room has no camera, set [devices] camera to none.",
            ])
        #expect(words(camera(.working)) == ["working true cam 64", "camera.unavailable: -"])
        #expect(words(camera(.lost, problem: "out")) == ["lost true cam 64", "camera.unavailable: -"])
    }

    @Test func anHDMIInputWithoutASignalIsIdleAndOneThatIsGoneIsLost() {
        #expect(words(content(.working, isThere: true)) == ["signal hdmi 64", "content.unavailable: -"])
        #expect(
            words(content(.lost, isThere: true, problem: "no signal")) == ["idle hdmi 0", "content.unavailable: -"])
        #expect(words(content(.lost, isThere: false, problem: "out")) == ["lost hdmi 0", "content.unavailable: -"])
        #expect(
            words(content(.missing, isThere: false, problem: "no input was found")) == [
                "idle - 0",
                "content.unavailable: no input was found. If the room has no HDMI input, set [devices] content to none.",
            ])
    }

    @Test func aDisplayThatWasNeverThereIsNotOneThatSomebodyUnplugged() {
        #expect(words(display(wasThere: false, isLost: true)).count == 1)
        #expect(words(display(wasThere: true, isLost: false)) == ["on d", "display.unavailable: -"])
        #expect(words(display(wasThere: true, isLost: true)) == ["lost d", "display.unavailable: -"])
    }

    @Test func aSoundCardThatComesLateIsAbsentFirstAndLostOnlyAfterwards() {
        let microphone = LateMicrophone()
        let reports = AudioReports(microphone: microphone, speaker: nil)
        var status = AudioEngine.Status(
            isMicrophoneOpen: false, isSpeakerMuted: false, volume: 50, microphoneLost: true, speakerLost: false,
            microphoneDecibels: -127, speakerDecibels: -127)
        func told() -> String? { words(reports.inputs(for: status)).first { $0.contains(" 2") } }
        #expect(told() == "absent - 2")
        status.microphoneLost = false
        #expect(told() == "absent - 2", "before the audio thread has tried, nothing is known")
        microphone.missing.withLock { $0 = nil }
        reports.expectNews()
        #expect(told() == "working card 2")
        status.microphoneLost = true
        #expect(told() == "lost card 2")
    }
}

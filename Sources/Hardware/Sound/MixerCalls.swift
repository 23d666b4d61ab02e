import CALSA
import Glibc
import Media

/// One control of a card's mixer in one direction.
struct MixerControl: Hashable, Sendable {
    var name: String
    var isCapture: Bool
    /// Steps of the volume, nil where it has none.
    var steps: ClosedRange<Int>?
    /// Hundredths of a decibel, nil where the card does not know them.
    var decibels: ClosedRange<Int>?
    var hasSwitch: Bool
}

/// The calls of libasound's mixer: the seam below `SoundMixer`. All answer −errno where something is amiss.
protocol MixerCalls: AnyObject {
    var controls: [MixerControl] { get }
    /// In hundredths of a decibel where the control has them, otherwise in steps.
    func volume(of control: Int) -> Result<Int, MixerFailure>
    func setVolume(of control: Int, to value: Int) -> Int32
    /// Whether sound passes.
    func isOn(_ control: Int) -> Result<Bool, MixerFailure>
    func set(_ control: Int, on: Bool) -> Int32
    /// Blocks until something has changed (1) or the descriptor is readable (2).
    func wait(interrupt: Int32) -> Int32
}

/// −errno.
struct MixerFailure: Error, Hashable {
    var code: Int32
}

/// libasound's simple mixer of one card.
final class SystemMixer: MixerCalls {
    private let mixer: OpaquePointer
    /// By which libasound knows the controls' elements, which themselves come and go.
    private let names: [Name]
    let controls: [MixerControl]

    private struct Name {
        var text: String
        var index: UInt32
    }

    /// - Parameter card: as libasound names it: `hw:CARD=Jabra`.
    init(card: String) throws(DeviceError) {
        calsa_silence_errors()
        var failure: Int32 = 0
        guard let mixer = calsa_mixer_open(card, &failure) else {
            throw systemError(failure, "the mixer of \(card)", expected: "there")
        }
        self.mixer = mixer
        var names: [Name] = []
        var controls: [MixerControl] = []
        var next = calsa_mixer_next(mixer, nil)
        // No card has thousands.
        while let element = next, names.count < 1000 {
            next = calsa_mixer_next(mixer, element)
            guard calsa_mixer_is_active(element) != 0 else { continue }
            for isCapture in [false, true] {
                guard let control = Self.control(element, isCapture: isCapture) else { continue }
                names.append(
                    Name(text: String(cString: calsa_mixer_name(element)), index: calsa_mixer_index(element)))
                controls.append(control)
            }
        }
        self.names = names
        self.controls = controls
    }

    deinit { calsa_mixer_close(mixer) }

    private static func control(_ element: OpaquePointer, isCapture: Bool) -> MixerControl? {
        let direction: Int32 = isCapture ? 1 : 0
        let hasVolume = calsa_mixer_has_volume(element, direction) != 0
        let hasSwitch = calsa_mixer_has_switch(element, direction) != 0
        guard hasVolume || hasSwitch else { return nil }
        var control = MixerControl(
            name: String(cString: calsa_mixer_name(element)), isCapture: isCapture, hasSwitch: hasSwitch)
        var (least, most) = (0, 0)
        if hasVolume, calsa_mixer_range(element, direction, &least, &most) >= 0, least < most {
            control.steps = least...most
            if calsa_mixer_decibel_range(element, direction, &least, &most) >= 0, least < most {
                control.decibels = least...most
            }
        }
        return control
    }

    func volume(of control: Int) -> Result<Int, MixerFailure> {
        var value = 0
        let result = with(control) { element, direction in
            controls[control].decibels != nil
                ? calsa_mixer_decibels(element, direction, &value) : calsa_mixer_volume(element, direction, &value)
        }
        return result < 0 ? .failure(MixerFailure(code: result)) : .success(value)
    }

    func setVolume(of control: Int, to value: Int) -> Int32 {
        with(control) { element, direction in
            controls[control].decibels != nil
                ? calsa_mixer_set_decibels(element, direction, value)
                : calsa_mixer_set_volume(element, direction, value)
        }
    }

    func isOn(_ control: Int) -> Result<Bool, MixerFailure> {
        let result = with(control) { element, direction in calsa_mixer_switch(element, direction) }
        return result < 0 ? .failure(MixerFailure(code: result)) : .success(result != 0)
    }

    func set(_ control: Int, on: Bool) -> Int32 {
        with(control) { element, direction in calsa_mixer_set_switch(element, direction, on ? 1 : 0) }
    }

    func wait(interrupt: Int32) -> Int32 { calsa_mixer_wait(mixer, interrupt) }

    /// The control's element as it is now; −ENOENT when it is gone.
    private func with(_ control: Int, _ body: (OpaquePointer, _ direction: Int32) -> Int32) -> Int32 {
        guard let element = calsa_mixer_find(mixer, names[control].text, names[control].index) else { return -ENOENT }
        return body(element, controls[control].isCapture ? 1 : 0)
    }
}

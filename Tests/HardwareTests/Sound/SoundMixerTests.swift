import Base
import Glibc
import Media
import Synchronization
import Testing

@testable import Hardware

/// Volume and mute on a mixer of the test's own, with the mixer's own thread.
@Suite struct SoundMixerTests {
    private final class FakeMixer: MixerCalls, @unchecked Sendable {
        struct State {
            var volumes: [Int]
            var switches: [Bool]
            var failure: Int32 = 0
            /// Of the next settings of a volume.
            var refusals: [Int32] = []
        }

        let controls: [MixerControl]
        let state: Mutex<State>
        let key = EventSignal()

        init(_ controls: [MixerControl]) {
            self.controls = controls
            state = Mutex(
                State(
                    volumes: controls.map { $0.decibels?.upperBound ?? $0.steps?.upperBound ?? 0 },
                    switches: controls.map { _ in true }))
        }

        /// Somebody presses a key of the card.
        func press(_ change: (inout State) -> Void) {
            state.withLock { change(&$0) }
            key.signal()
        }

        func volume(of control: Int) -> Result<Int, MixerFailure> {
            state.withLock { $0.failure < 0 ? .failure(MixerFailure(code: $0.failure)) : .success($0.volumes[control]) }
        }
        func setVolume(of control: Int, to value: Int) -> Int32 {
            state.withLock { state in
                if !state.refusals.isEmpty { return state.refusals.removeFirst() }
                // In the card's steps.
                state.volumes[control] = controls[control].decibels == nil ? value : value / 100 * 100
                return state.failure
            }
        }
        func isOn(_ control: Int) -> Result<Bool, MixerFailure> { state.withLock { .success($0.switches[control]) } }
        func set(_ control: Int, on: Bool) -> Int32 {
            state.withLock { $0.switches[control] = on }
            return 0
        }
        func wait(interrupt: Int32) -> Int32 {
            var descriptors = [
                pollfd(fd: interrupt, events: Int16(POLLIN), revents: 0),
                pollfd(fd: key.fileDescriptor, events: Int16(POLLIN), revents: 0),
            ]
            poll(&descriptors, 2, -1)
            if descriptors[0].revents != 0 { return 2 }
            key.drain()
            return 1
        }
    }

    private static let controls = [
        MixerControl(name: "PCM", isCapture: false, steps: 0...255, decibels: -5100...0, hasSwitch: false),
        MixerControl(name: "Master", isCapture: false, steps: 0...64, decibels: -6400...0, hasSwitch: true),
        MixerControl(name: "Mic Boost", isCapture: true, steps: 0...3, decibels: 0...3000, hasSwitch: false),
        MixerControl(name: "Capture", isCapture: true, steps: 0...31, decibels: nil, hasSwitch: true),
    ]

    private let fake = FakeMixer(SoundMixerTests.controls)
    private let events = Monitor<[SoundMixer.Event]>([])

    private func mixer() throws -> SoundMixer {
        let events = events
        return try SoundMixer(calls: fake, card: "hw:Fake") { event in events.update { $0.append(event) } }
    }

    private func sees(_ condition: (SoundMixer.State) -> Bool) -> Bool {
        events.wait(until: MonotonicClock.now + .seconds(10)) { events in
            guard case .changed(let state, _) = events.last, condition(state) else { return nil }
            return true
        } ?? false
    }

    @Test func keysOfTheCardAreTold() throws {
        let mixer = try mixer()
        #expect(
            sees {
                $0.speaker == .init(volume: 100, isMuted: false) && $0.microphone == .init(volume: 100, isMuted: false)
            })
        fake.press { $0.switches[3] = false }
        #expect(sees { $0.microphone.isMuted == true && $0.speaker.isMuted == false })
        fake.press { $0.volumes[1] = -1800 }
        #expect(sees { $0.speaker.volume == 45 })
        #expect(mixer.state.speaker.volume == 45)
        mixer.stop()
    }

    @Test func whatIsSetIsReadBack() throws {
        let mixer = try mixer()
        mixer.setSpeaker(volume: 45)
        mixer.setSpeaker(isMuted: true)
        mixer.setMicrophone(volume: 0)
        mixer.setMicrophone(isMuted: true)
        #expect(
            sees { state in
                state.speaker == .init(volume: 45, isMuted: true) && state.microphone == .init(volume: 0, isMuted: true)
            })
        #expect(fake.state.withLock { $0.volumes[1] } == -1800)
        #expect(fake.state.withLock { $0.volumes[3] } == 0)
        // The others are nobody's business.
        #expect(fake.state.withLock { $0.volumes[0] } == 0)
        mixer.stop()
        mixer.stop()
    }

    @Test func aCardThatGoesIsTold() throws {
        let mixer = try mixer()
        #expect(sees { _ in true })
        fake.press { $0.failure = -ENODEV }
        let isLost = events.wait(until: MonotonicClock.now + .seconds(20)) { events -> Bool? in
            guard case .lost(let error) = events.last else { return nil }
            return error.reason == .lost
        }
        #expect(isLost == true)
        mixer.stop()
    }

    @Test(arguments: [EBUSY, EPERM, EPIPE, ETIMEDOUT])
    func aRefusedOrderIsNotTheEnd(_ code: Int32) throws {
        let mixer = try mixer()
        fake.state.withLock { $0.refusals = [-code] }
        mixer.setSpeaker(volume: 20)
        // Those that come with it, and after it, are obeyed.
        mixer.setSpeaker(isMuted: true)
        #expect(sees { $0.speaker == .init(volume: 100, isMuted: true) })
        mixer.setSpeaker(volume: 45)
        #expect(sees { $0.speaker == .init(volume: 45, isMuted: true) })
        mixer.stop()
    }

    @Test func aCardThatOnlyFailsIsGivenUp() throws {
        let mixer = try mixer()
        #expect(sees { _ in true })
        fake.press { $0.failure = -EIO }
        let isLost = events.wait(until: MonotonicClock.now + .seconds(20)) { events -> Bool? in
            guard case .lost(let error) = events.last else { return nil }
            return error.reason == .failed
        }
        #expect(isLost == true)
        mixer.stop()
    }

    @Test func aCardWithoutControlsSaysNothing() throws {
        let mixer = try SoundMixer(calls: FakeMixer([]), card: "hw:Fake") { _ in }
        mixer.setSpeaker(volume: 10)
        mixer.setMicrophone(isMuted: true)
        mixer.stop()
        #expect(mixer.state == SoundMixer.State())
        #expect { try SystemMixer(card: "hw:31") } throws: { ($0 as? DeviceError)?.reason == .lost }
    }

    @Test func theControlsThatKeysTurnAreTaken() {
        #expect(SoundMixer.place(in: Self.controls, isCapture: false) == .init(volume: 1, mute: 1))
        #expect(SoundMixer.place(in: Self.controls, isCapture: true) == .init(volume: 3, mute: 3))
        // A volume here, a switch there.
        let split = [
            MixerControl(name: "Speaker", isCapture: false, steps: 0...10, hasSwitch: false),
            MixerControl(name: "Odd", isCapture: false, steps: nil, hasSwitch: true),
        ]
        #expect(SoundMixer.place(in: split, isCapture: false) == .init(volume: 0, mute: 1))
        #expect(SoundMixer.place(in: split, isCapture: true) == .init(volume: nil, mute: nil))
    }

    @Test func perCentAreEvenToTheEar() {
        let wide = MixerScale(
            MixerControl(name: "", isCapture: false, steps: 0...64, decibels: -6400...0, hasSwitch: false))
        #expect([0, 50, 100].map { wide.percent(of: wide.value(of: $0)) } == [0, 50, 100])
        #expect(abs(wide.value(of: 45) + 1820) < 3)
        let endless = MixerScale(
            MixerControl(name: "", isCapture: false, steps: 0...64, decibels: -9_999_999...0, hasSwitch: false))
        #expect(endless.value(of: 0) == -9_999_999 && endless.percent(of: -9_999_999) == 0)
        #expect(endless.percent(of: -6000) == 10)
        let narrow = MixerScale(
            MixerControl(name: "", isCapture: true, steps: 0...8, decibels: -1200...1200, hasSwitch: false))
        #expect(narrow.value(of: 50) == 0)
        let bare = MixerScale(MixerControl(name: "", isCapture: true, steps: 0...31, hasSwitch: false))
        #expect((0...31).allSatisfy { bare.value(of: bare.percent(of: $0)) == $0 })
    }

    @Test func aPCMsCardIsFound() {
        #expect(SoundMixer.cardName(of: "hw:CARD=Jabra,DEV=0") == "hw:Jabra")
        #expect(SoundMixer.cardName(of: "plughw:2,0") == "hw:2")
        #expect(SoundMixer.cardName(of: "default") == "default")
        #expect(SoundMixer.cardName(of: "hw:") == "hw:")
    }
}

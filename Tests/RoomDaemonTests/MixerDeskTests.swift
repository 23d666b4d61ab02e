import Hardware
import Logging
import Media
import Synchronization
import Testing

@testable import RoomDaemon

@Suite struct MixerDeskTests {
    /// A card with knobs, of which the test plays the card's part.
    private final class ScriptedMixer: CardMixer {
        let orders = Mutex<[String]>([])
        let tell: @Sendable (SoundMixer.Event) -> Void

        init(_ tell: @escaping @Sendable (SoundMixer.Event) -> Void) { self.tell = tell }

        func setSpeaker(volume: Int) { note("volume \(volume)") }
        func setSpeaker(isMuted: Bool) { note(isMuted ? "speaker off" : "speaker on") }
        func setMicrophone(isMuted: Bool) { note(isMuted ? "microphone off" : "microphone on") }
        func stop() { note("stop") }

        private func note(_ order: String) { orders.withLock { $0.append(order) } }

        func takeOrders() -> [String] {
            orders.withLock { orders in
                defer { orders = [] }
                return orders
            }
        }

        func say(volume: Int? = nil, isMuted: Bool? = nil) {
            var state = SoundMixer.State()
            state.speaker = SoundMixer.Levels(volume: volume, isMuted: isMuted)
            state.microphone = state.speaker
            tell(.changed(state))
        }
    }

    private final class Room: Sendable {
        let engine = Mutex<[String]>([])
        let volumes = Mutex<[Int?]>([])
        let keys = Mutex<[Bool]>([])
        let mixers = Mutex<[ScriptedMixer]>([])
        let cards = Mutex<[String]>([])

        var mixer: ScriptedMixer? { mixers.withLock { $0.last } }

        func takeEngine() -> [String] {
            engine.withLock { engine in
                defer { engine = [] }
                return engine
            }
        }

        func makeDesk(fails: Bool = false) -> MixerDesk {
            MixerDesk(
                MixerDesk.Outputs(
                    setEngine: { volume, isMuted in
                        self.engine.withLock { $0.append("\(volume)\(isMuted ? " muted" : "")") }
                    },
                    tellVolume: { volume in self.volumes.withLock { $0.append(volume) } },
                    tellMicrophoneKey: { isMuted in self.keys.withLock { $0.append(isMuted) } }),
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            ) { card, observer throws(DeviceError) in
                if fails { throw DeviceError(.failed, "no mixer") }
                let mixer = ScriptedMixer(observer)
                self.mixers.withLock { $0.append(mixer) }
                self.cards.withLock { $0.append(card) }
                return mixer
            }
        }
    }

    private let room = Room()

    private func plugIn(_ kind: DeviceKind, _ desk: MixerDesk) {
        let device = DeviceDescription(id: "alsa:hw:CARD=Jabra,DEV=0", kind: kind, name: "Jabra", bus: "usb")
        desk.take(kind, .opened(device, format: "48 kHz"))
    }

    private func open(_ kind: DeviceKind, _ desk: MixerDesk) throws -> ScriptedMixer {
        plugIn(kind, desk)
        return try #require(room.mixer)
    }

    @Test func withoutAMixerTheEngineHasTheVolume() {
        let desk = room.makeDesk(fails: true)
        desk.setSpeaker(volume: 30, isMuted: true)
        plugIn(.speaker, desk)
        #expect(room.takeEngine().last == "30 muted")
        #expect(room.volumes.withLock { $0.allSatisfy { $0 == nil } })
    }

    @Test func aCardIsTakenAsItIsFoundUntilTheRoomWantsSomething() throws {
        let desk = room.makeDesk()
        let mixer = try open(.speaker, desk)
        #expect(room.cards.withLock { $0 } == ["hw:CARD=Jabra,DEV=0"])
        mixer.say(volume: 62, isMuted: true)
        #expect(mixer.takeOrders().isEmpty)
        // The card is as loud as it is; what is handed over to it is whole.
        #expect(room.takeEngine().last == "100 muted")
        #expect(room.volumes.withLock { $0.last } == 62)
        desk.setSpeaker(volume: 40, isMuted: false)
        #expect(mixer.takeOrders() == ["volume 40", "speaker on"])
        #expect(room.takeEngine().last == "100")
        mixer.say(volume: 41, isMuted: false)
        #expect(mixer.takeOrders().isEmpty)
        #expect(room.volumes.withLock { $0.last } == 41)
    }

    @Test func theLoudspeakersKnobAndKeyAreFollowed() throws {
        let desk = room.makeDesk()
        let mixer = try open(.speaker, desk)
        mixer.say(volume: 50, isMuted: false)
        _ = room.takeEngine()
        mixer.say(volume: 55, isMuted: false)
        #expect(room.volumes.withLock { $0.last } == 55)
        mixer.say(volume: 55, isMuted: true)
        #expect(room.takeEngine().last == "100 muted")
        #expect(mixer.takeOrders().isEmpty)
    }

    @Test func aCardThatIsBackIsAsItWasAndOnesThatHaveNoVolumeGetTheEngines() throws {
        let desk = room.makeDesk()
        let first = try open(.speaker, desk)
        first.say(volume: 70, isMuted: false)
        desk.take(.speaker, .lost(DeviceError(.lost, "unplugged")))
        #expect(first.takeOrders() == ["stop"])
        #expect(room.takeEngine().last == "70")
        #expect(room.volumes.withLock { $0.last } == .some(nil))
        // What it had still to say is not of the next one.
        first.say(volume: 5, isMuted: true)
        #expect(room.takeEngine().isEmpty)
        let second = try open(.speaker, desk)
        second.say(volume: 100, isMuted: true)
        #expect(second.takeOrders() == ["volume 70", "speaker on"])
        desk.take(.speaker, .lost(DeviceError(.lost, "unplugged")))
        let third = try open(.speaker, desk)
        third.say()
        #expect(third.takeOrders().isEmpty)
        #expect(room.takeEngine().last == "70")
    }

    @Test func aMixerThatFailsLeavesTheVolumeToTheEngine() throws {
        let desk = room.makeDesk()
        let mixer = try open(.speaker, desk)
        mixer.say(volume: 35, isMuted: false)
        mixer.tell(.lost(DeviceError(.failed, "the mixer fails")))
        #expect(room.takeEngine().last == "35")
        desk.setSpeaker(volume: 20, isMuted: false)
        #expect(room.takeEngine() == ["20"])
        desk.stop()
        #expect(mixer.takeOrders() == ["stop"])
    }

    @Test func theMicrophonesKeyIsToldAndOurOwnOrdersAreNot() throws {
        let desk = room.makeDesk()
        let mixer = try open(.microphone, desk)
        mixer.say(isMuted: true)
        #expect(mixer.takeOrders().isEmpty)
        desk.setMicrophone(isOpen: true)
        #expect(mixer.takeOrders() == ["microphone on"])
        // Something else has changed before the card has obeyed.
        mixer.say(volume: 10, isMuted: true)
        mixer.say(volume: 10, isMuted: false)
        #expect(room.keys.withLock { $0.isEmpty })
        mixer.say(volume: 10, isMuted: true)
        #expect(room.keys.withLock { $0 } == [true])
        mixer.say(volume: 10, isMuted: false)
        #expect(room.keys.withLock { $0 } == [true, false])
        // The host holds the room muted: the policy closes the microphone again, and the card shows it.
        desk.setMicrophone(isOpen: false)
        #expect(mixer.takeOrders() == ["microphone off"])
        mixer.say(volume: 10, isMuted: true)
        #expect(room.keys.withLock { $0 } == [true, false])
    }

    @Test func aMicrophoneThatIsBackIsMutedAsTheRoomIs() throws {
        let desk = room.makeDesk()
        desk.setMicrophone(isOpen: false)
        let mixer = try open(.microphone, desk)
        mixer.say(isMuted: false)
        #expect(mixer.takeOrders() == ["microphone off"])
        #expect(room.keys.withLock { $0.isEmpty })
    }
}

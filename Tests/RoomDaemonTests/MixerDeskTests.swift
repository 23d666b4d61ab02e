import Hardware
import Logging
import Media
import Synchronization
import Testing

@testable import AudioPipeline
@testable import RoomDaemon

@Suite struct MixerDeskTests {
    /// A card with knobs, of which the test plays the card's part.
    private final class ScriptedMixer: CardMixer {
        let orders = Mutex<[String]>([])
        let tell: @Sendable (SoundMixer.Event) -> Void

        init(_ tell: @escaping @Sendable (SoundMixer.Event) -> Void) { self.tell = tell }

        /// Numbers of orders: the last one, and the last that the card has carried out.
        private let numbers = Mutex((last: UInt64(0), obeyed: UInt64(0)))

        func setSpeaker(volume: Int) -> UInt64 { order("volume \(volume)") }
        func setSpeaker(isMuted: Bool) -> UInt64 { order(isMuted ? "speaker off" : "speaker on") }
        func setMicrophone(isMuted: Bool) -> UInt64 { order(isMuted ? "microphone off" : "microphone on") }
        func stop() { orders.withLock { $0.append("stop") } }

        private func order(_ order: String) -> UInt64 {
            orders.withLock { $0.append(order) }
            return numbers.withLock { numbers in
                numbers.last += 1
                return numbers.last
            }
        }

        /// The card carries out what it was told, or so many of it.
        func obey(_ count: UInt64? = nil) {
            numbers.withLock { $0.obeyed = count.map { $0 } ?? $0.last }
        }

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
            tell(.changed(state, obeyed: numbers.withLock { $0.obeyed }))
        }
    }

    private final class Room: Sendable {
        let engine = Mutex<[String]>([])
        let volumes = Mutex<[Int?]>([])
        let keys = Mutex<[Bool]>([])
        let mixers = Mutex<[ScriptedMixer]>([])
        let cards = Mutex<[String]>([])
        /// How often opening still fails, and what is to be done later.
        let failures = Mutex(0)
        let delayed = Mutex<[(after: Duration, what: @Sendable () -> Void)]>([])

        var mixer: ScriptedMixer? { mixers.withLock { $0.last } }

        func takeEngine() -> [String] {
            engine.withLock { engine in
                defer { engine = [] }
                return engine
            }
        }

        /// Does what is due next; returns after how long.
        func wait() -> Duration? {
            let next = delayed.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            next?.what()
            return next?.after
        }

        func makeDesk(failures count: Int = 0) -> MixerDesk {
            failures.withLock { $0 = count }
            return MixerDesk(
                MixerDesk.Outputs(
                    setEngine: { volume, isMuted in
                        self.engine.withLock { $0.append("\(volume)\(isMuted ? " muted" : "")") }
                    },
                    tellVolume: { volume in self.volumes.withLock { $0.append(volume) } },
                    tellMicrophoneKey: { isMuted in self.keys.withLock { $0.append(isMuted) } }),
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
                open: { (card, observer) throws(DeviceError) in
                    let fails = self.failures.withLock { count in
                        defer { count = max(0, count - 1) }
                        return count > 0
                    }
                    if fails { throw DeviceError(.failed, "no mixer") }
                    let mixer = ScriptedMixer(observer)
                    self.mixers.withLock { $0.append(mixer) }
                    self.cards.withLock { $0.append(card) }
                    return mixer
                },
                later: { duration, what in
                    if duration == .zero { return what() }
                    self.delayed.withLock { $0.append((duration, what)) }
                })
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
        let desk = room.makeDesk(failures: .max)
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
        #expect(room.takeEngine().last == "50 muted")
        #expect(room.volumes.withLock { $0.last } == 62)
        desk.setSpeaker(volume: 40, isMuted: false)
        #expect(mixer.takeOrders() == ["volume 40", "speaker on"])
        #expect(room.takeEngine().last == "50")
        // Between both orders it tells what is out of date.
        mixer.obey(1)
        mixer.say(volume: 41, isMuted: true)
        #expect(room.takeEngine().isEmpty)
        #expect(room.volumes.withLock { $0.last } == 41, "the state shows it all the same")
        mixer.obey()
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
        #expect(room.takeEngine().last == "50 muted")
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

    @Test func aMixerThatFailsIsTriedAgainAndTheVolumeIsTheEnginesMeanwhile() throws {
        let desk = room.makeDesk()
        let first = try open(.speaker, desk)
        first.say(volume: 35, isMuted: false)
        first.tell(.lost(DeviceError(.failed, "the mixer fails")))
        #expect(room.takeEngine().last == "35")
        desk.setSpeaker(volume: 20, isMuted: false)
        #expect(room.takeEngine() == ["20"])
        room.failures.withLock { $0 = 1 }
        #expect(room.wait() == .seconds(2))
        #expect(first.takeOrders() == ["stop"])
        #expect(room.wait() == .seconds(4))
        let second = try #require(room.mixer)
        #expect(second !== first)
        second.say(volume: 35, isMuted: false)
        #expect(second.takeOrders() == ["volume 20", "speaker on"])
        desk.stop()
        #expect(second.takeOrders() == ["stop"])
        // What was to be done later is not any more.
        second.tell(.lost(DeviceError(.failed, "the mixer fails")))
        #expect(room.wait() == nil)
    }

    @Test func whatIsHandedToACardWithAVolumeIsAsLoudAsItIs() {
        #expect(AudioEngine.gain(volume: AudioEngine.unityVolume) == 1)
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
        // The room has closed it again meanwhile: that it was opened is no key.
        desk.setMicrophone(isOpen: false)
        mixer.obey(1)
        mixer.say(volume: 10, isMuted: false)
        mixer.obey(2)
        mixer.say(volume: 10, isMuted: true)
        desk.setMicrophone(isOpen: true)
        mixer.obey()
        mixer.say(volume: 10, isMuted: false)
        _ = mixer.takeOrders()
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

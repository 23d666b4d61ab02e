import Base
import Glibc
import Media
import Synchronization
import Testing

@testable import Hardware

/// A television at the other end of a cable: what is said to it, and what it says.
@Suite struct CECTests {
    /// The loop without its thread.
    final class Room {
        let system: FakeCEC
        private(set) var loop: CECLoop!
        var inbox = CECLoop.Inbox()
        private(set) var news: [CECNews] = []
        private let signal = EventSignal()

        init(_ adapters: FakeCECAdapter..., specification: String = "auto", name: String = "Boardroom") {
            system = FakeCEC()
            system.adaptersByPath = adapters.enumerated().map { ("/dev/cec\($0)", $1) }
            for adapter in adapters { adapter.system = system }
            loop = CECLoop(
                system: system, specification: specification, name: name, signal: signal,
                takeInbox: { [unowned self] in
                    defer { inbox = CECLoop.Inbox() }
                    return inbox
                }, tell: { [unowned self] in news.append($0) })
        }

        var adapter: FakeCECAdapter { system.adaptersByPath[0].adapter }

        func run(for duration: Duration) {
            let end = system.now + duration
            while system.now < end {
                loop.turn()
                loop.wait(until: min(loop.nextDeadline, end))
            }
            loop.turn()
        }

        func wish(_ wish: CECMachine.Wish, for duration: Duration = .seconds(3)) {
            inbox.wish = wish
            run(for: duration)
        }

        func takeNews() -> [CECNews] {
            defer { news = [] }
            return news
        }
    }

    private static let imageViewOn: [UInt8] = [0x40, 0x04]
    private static let activeSource: [UInt8] = [0x4F, 0x82, 0x10, 0x00]
    private static let standby: [UInt8] = [0x40, 0x36]
    private static let askPower: [UInt8] = [0x40, 0x8F]
    private static let lit = DisplayConnection(
        card: 1, connectorID: 52, connector: "HDMI-A-1", physicalAddress: 0x2000)

    @Test func wakingIsImageViewOnAndActiveSourceAndALookWhetherItWorked() {
        let room = Room(FakeCECAdapter())
        room.adapter.powerStatus = 0
        room.wish(.awake)
        #expect(room.adapter.messages == [Self.imageViewOn, Self.activeSource])
        #expect(room.adapter.sent[1].at - room.adapter.sent[0].at < .milliseconds(100))
        room.run(for: .seconds(5))
        #expect(room.adapter.messages == [Self.imageViewOn, Self.activeSource, Self.askPower])
        #expect(room.takeNews() == [.televisionOn])
        #expect(room.adapter.name == "Boardroom")
    }

    @Test func idlenessIsStandby() {
        let room = Room(FakeCECAdapter())
        room.wish(.awake)
        room.adapter.forget()
        room.wish(.asleep)
        #expect(room.adapter.messages == [Self.standby])
        room.wish(.asleep)
        #expect(room.adapter.messages == [Self.standby])
    }

    @Test func aTelevisionThatSleepsOnIsWokenAgainAFewTimes() {
        let room = Room(FakeCECAdapter())
        room.adapter.powerStatus = 1
        room.wish(.awake, for: .seconds(60))
        #expect(room.adapter.messages.filter { $0 == Self.imageViewOn }.count == 1 + CECMachine.wakings)
        #expect(room.takeNews() == [.televisionStandby])
    }

    @Test func activityInBurstsIsSaidOnce() {
        let room = Room(FakeCECAdapter())
        room.adapter.powerStatus = 0
        for _ in 0..<50 { room.wish(.awake, for: .milliseconds(100)) }
        #expect(room.adapter.messages.filter { $0 == Self.imageViewOn }.count == 1)
        // Later it is said again: somebody may have turned it off with a button that it does not tell of.
        room.run(for: .seconds(10))
        room.wish(.awake)
        #expect(room.adapter.messages.filter { $0 == Self.imageViewOn }.count == 2)
    }

    @Test func theLatestWishWinsOverWhatWasStillToBeSaid() {
        let room = Room(FakeCECAdapter())
        room.adapter.television = .silent
        room.inbox.wish = .awake
        room.run(for: .milliseconds(100))
        room.inbox.wish = .asleep
        room.run(for: .milliseconds(100))
        room.adapter.television = .answering
        room.run(for: .seconds(10))
        #expect(room.adapter.messages == [Self.imageViewOn, Self.standby])
    }

    // MARK: What the television says

    @Test func aTelevisionTurnedOffWithItsRemoteControlIsNotFought() {
        let room = Room(FakeCECAdapter())
        room.adapter.powerStatus = 0
        room.wish(.awake, for: .seconds(10))
        room.adapter.forget()
        room.adapter.say(0x0F, 0x36)
        room.run(for: .seconds(1))
        #expect(room.takeNews() == [.televisionOn, .televisionStandby])
        // Many take their hot-plug signal away and give it back on the way to sleep.
        room.adapter.change(physical: 0xFFFF, logicalMask: 0)
        room.run(for: .seconds(1))
        room.adapter.change(physical: 0x1000, logicalMask: 1 << 4)
        room.run(for: .seconds(30))
        #expect(room.adapter.messages.isEmpty)
        // New activity in the room is another matter.
        room.wish(.awake)
        #expect(room.adapter.messages == [Self.imageViewOn, Self.activeSource])
    }

    @Test func whoeverWatchesSomethingElseGoesOnWatching() {
        let room = Room(FakeCECAdapter())
        room.wish(.awake)
        room.adapter.forget()
        room.adapter.say(0x8F, 0x82, 0x20, 0x00)
        room.run(for: .seconds(1))
        #expect(room.takeNews() == [.deselected])
        room.wish(.asleep)
        #expect(room.adapter.messages.isEmpty)
        // Activity takes the screen back.
        room.wish(.awake)
        #expect(room.adapter.messages == [Self.imageViewOn, Self.activeSource])
    }

    @Test func beingChosenIsToldAndAnswered() {
        let room = Room(FakeCECAdapter())
        room.run(for: .seconds(1))
        room.adapter.say(0x0F, 0x86, 0x10, 0x00)
        room.run(for: .seconds(1))
        #expect(room.takeNews() == [.selected])
        #expect(room.adapter.messages == [Self.activeSource])
        // Routing change: from, to.
        room.adapter.say(0x0F, 0x80, 0x10, 0x00, 0x30, 0x00)
        room.run(for: .seconds(1))
        room.adapter.say(0x0F, 0x80, 0x30, 0x00, 0x10, 0x00)
        room.run(for: .seconds(1))
        #expect(room.takeNews() == [.deselected, .selected])
    }

    @Test func questionsAreAnswered() {
        let room = Room(FakeCECAdapter())
        room.wish(.awake)
        room.adapter.forget()
        room.adapter.say(0x0F, 0x85)
        room.adapter.say(0x04, 0x8F)
        room.adapter.say(0x04, 0x44, 0x01)
        room.run(for: .seconds(1))
        #expect(room.adapter.messages == [Self.activeSource, [0x40, 0x90, 0], [0x40, 0x00, 0x44, 0]])
        room.wish(.asleep)
        room.adapter.forget()
        room.adapter.say(0x0F, 0x85)
        room.adapter.say(0x54, 0x8F)
        room.run(for: .seconds(1))
        #expect(room.adapter.messages == [[0x45, 0x90, 1]])
    }

    /// Any bytes from the bus: never a trap, and never more answers than questions.
    @Test func nonsenseOnTheBusDoesNoHarm() {
        var random = SeededRandom(seed: 7)
        let room = Room(FakeCECAdapter())
        room.wish(.awake)
        var machine = CECMachine()
        machine.opened(CECAddresses(physical: 0x1000, logicalMask: 1 << 4), at: .zero)
        for _ in 0..<20_000 {
            let bytes = random.bytes(Int(random.next() % 17))
            machine.received(bytes, at: .zero)
        }
        var answers = 0
        while machine.pollTransmit(at: .zero) != nil {
            machine.began(sequence: 1)
            machine.sent(sequence: 1, isAcknowledged: true, at: .zero)
            answers += 1
        }
        #expect(answers <= CECMachine.replyLimit)
        while machine.pollNews() != nil {}
    }

    // MARK: Dead buses

    @Test(arguments: [FakeCECAdapter.Television.deaf, .silent])
    func aTelevisionThatDoesNotAnswerIsToldOfOnce(television: FakeCECAdapter.Television) {
        let room = Room(FakeCECAdapter())
        room.adapter.television = television
        room.wish(.awake, for: .seconds(60))
        room.wish(.asleep, for: .seconds(60))
        room.wish(.awake, for: .seconds(60))
        #expect(room.news.count == 1)
        guard case .unreachable(let error)? = room.takeNews().first else {
            Issue.record("nothing was told")
            return
        }
        #expect(error.reason == .lost && error.message.contains("HDMI-CEC"))
        // A few attempts for each wish, not a stream.
        #expect(room.adapter.sent.count <= 24)
        #expect(room.system.waits < 500)
        room.adapter.television = .answering
        room.wish(.asleep)
        #expect(room.takeNews() == [.reachable])
    }

    @Test(arguments: [ENONET, EBUSY, ETIMEDOUT, EPERM, EIO])
    func aBusThatTakesNothingChangesNothing(code: Int32) {
        let room = Room(FakeCECAdapter())
        room.adapter.faults[.transmit] = Array(repeating: code, count: 1000)
        room.wish(.awake, for: .seconds(30))
        room.wish(.asleep, for: .seconds(30))
        #expect(room.news.count == 1)
        #expect(room.adapter.faults[.transmit]!.count > 980)
        room.adapter.faults = [:]
        room.wish(.awake)
        #expect(room.adapter.messages == [Self.imageViewOn, Self.activeSource])
        #expect(room.takeNews().last == .reachable)
    }

    @Test func aBusThatIsBusyForAMomentIsTriedAgain() {
        let room = Room(FakeCECAdapter())
        room.adapter.faults[.transmit] = [EBUSY, EBUSY]
        room.wish(.awake, for: .seconds(4))
        #expect(room.adapter.messages == [Self.imageViewOn, Self.activeSource])
        #expect(room.news.isEmpty)
    }

    @Test(arguments: CECFailure.Call.allCases)
    func anAdapterThatFailsIsOpenedAgain(call: CECFailure.Call) {
        for code in [ENODEV, EIO] where call != .transmit || code == ENODEV {
            for place in 0..<4 {
                let room = Room(FakeCECAdapter())
                room.adapter.needsPhysicalAddress = true
                room.inbox.connection = .some(Self.lit)
                room.adapter.faults[call] = Array(repeating: 0, count: place) + [code]
                room.wish(.awake, for: .seconds(40))
                #expect(room.adapter.messages.contains([0x4F, 0x82, 0x20, 0x00]), "\(call) \(place)")
                #expect(room.adapter.openBuses == 1, "\(call) \(place)")
                #expect(room.news.count <= 2, "\(call) \(place)")
            }
        }
    }

    @Test func aMachineWithoutAnAdapterSaysSoOnceAndLooksNowAndThen() {
        let room = Room()
        room.wish(.awake, for: .seconds(100))
        #expect(room.news.count == 1)
        guard case .unreachable(let error)? = room.news.first else { return }
        #expect(error.reason == .unknown && error.message.contains("no CEC adapter"))
        #expect(room.system.waits < 30)
    }

    // MARK: Addresses

    /// In deep sleep many televisions give no EDID, so there is no address, and one message is all that may be sent.
    @Test func aTelevisionInDeepSleepIsWokenWithoutAnAddressAndChosenWhenItHasOne() {
        let room = Room(FakeCECAdapter(physical: 0xFFFF))
        room.wish(.awake)
        #expect(room.adapter.messages == [[0xF0, 0x04]])
        room.adapter.change(physical: 0x1000, logicalMask: 1 << 4)
        room.run(for: .seconds(1))
        #expect(room.adapter.messages == [[0xF0, 0x04], Self.activeSource])
    }

    @Test func standbyThatCouldNotBeSaidIsNotSaidLater() {
        let room = Room(FakeCECAdapter(physical: 0xFFFF))
        room.wish(.asleep, for: .seconds(40))
        room.adapter.change(physical: 0x1000, logicalMask: 1 << 4)
        room.run(for: .seconds(5))
        #expect(room.adapter.messages.isEmpty)
        let late = Room(FakeCECAdapter(physical: 0xFFFF))
        late.wish(.asleep, for: .seconds(5))
        late.adapter.change(physical: 0x1000, logicalMask: 1 << 4)
        late.run(for: .seconds(5))
        #expect(late.adapter.messages == [Self.standby])
    }

    @Test func aTelevisionThatIsPluggedInInAMeetingIsChosen() {
        let room = Room(FakeCECAdapter())
        room.wish(.awake, for: .seconds(10))
        room.adapter.change(physical: 0xFFFF, logicalMask: 0)
        room.run(for: .seconds(5))
        room.adapter.forget()
        room.adapter.change(physical: 0x3000, logicalMask: 1 << 8)
        room.run(for: .seconds(1))
        #expect(room.adapter.messages == [[0x8F, 0x82, 0x30, 0x00]])
    }

    @Test func anAdapterThatDoesNotKnowItsAddressIsGivenThatOfTheMonitor() {
        let room = Room(FakeCECAdapter(physical: 0xFFFF))
        room.adapter.needsPhysicalAddress = true
        room.run(for: .seconds(1))
        room.inbox.connection = .some(Self.lit)
        room.run(for: .seconds(1))
        room.inbox.connection = .some(nil)
        room.run(for: .seconds(1))
        #expect(room.adapter.given == [0xFFFF, 0x2000, 0xFFFF])
    }

    // MARK: Which adapter

    @Test func theAdapterOfTheLitConnectorIsTaken() {
        let other = FakeCECAdapter(connector: CECConnector(card: 1, id: 51))
        let ours = FakeCECAdapter(connector: CECConnector(card: 1, id: 52))
        let room = Room(other, ours)
        room.inbox.connection = .some(Self.lit)
        room.wish(.awake)
        #expect(other.openBuses == 0 && ours.messages.count == 2)
        // The display moves to another connector.
        room.inbox.connection = .some(
            DisplayConnection(card: 1, connectorID: 51, connector: "DP-1", physicalAddress: 0x1000))
        room.run(for: .seconds(1))
        #expect(other.openBuses == 1 && ours.openBuses == 0)
        #expect(other.messages == [Self.imageViewOn, Self.activeSource])
    }

    @Test func withoutKnowledgeOfConnectorsTheOnlyOutputIsTaken() {
        // 0.0.0.0 is the side of an HDMI input.
        let input = FakeCECAdapter(physical: 0)
        let output = FakeCECAdapter()
        let room = Room(input, output)
        room.inbox.connection = .some(Self.lit)
        room.wish(.awake)
        #expect(input.openBuses == 0 && output.messages.count == 2)
    }

    @Test func amongSeveralNoneIsGuessed() {
        let room = Room(FakeCECAdapter(), FakeCECAdapter(physical: 0x2000))
        room.wish(.awake)
        guard case .unreachable(let error)? = room.news.first else {
            Issue.record("nothing was told")
            return
        }
        #expect(error.message.contains("/dev/cec0, /dev/cec1"))
        #expect(room.system.adaptersByPath.allSatisfy { $0.adapter.openBuses == 0 })
        let told = Room(FakeCECAdapter(), FakeCECAdapter(physical: 0x2000), specification: "/dev/cec1")
        told.wish(.awake)
        #expect(told.system.adaptersByPath[1].adapter.messages.count == 2)
    }

    // MARK: The thread

    @Test func theThreadSaysWhatIsWishedAndEndsAtOnce() throws {
        let adapter = FakeCECAdapter()
        let system = FakeCEC(adapter)
        let news = Monitor<[CECNews]>([])
        adapter.powerStatus = 0
        let room = CECAdapter(system: system, adapter: "auto", name: "Boardroom") { item in
            news.update { $0.append(item) }
        }
        room.wake()
        let first: CECNews? = news.wait(until: MonotonicClock.now + .seconds(5)) { $0.first }
        #expect(first == .televisionOn)
        room.stop()
        room.stop()
        #expect(adapter.openBuses == 0)
    }

    @Test func theMachinesCallsTellWhatIsNoAdapter() {
        #expect(throws: CECFailure(call: .ask, code: ENOTTY)) { _ = try MachineCECBus(path: "/dev/null") }
        #expect(throws: CECFailure(call: .open, code: ENOENT)) { _ = try MachineCECBus(path: "/dev/no-cec") }
    }
}

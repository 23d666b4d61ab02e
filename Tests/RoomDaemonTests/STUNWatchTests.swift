import Base
import Logging
import Synchronization
import Testing

@testable import RoomDaemon

@Suite struct STUNWatchTests {
    private static let (old, new, other) = (
        SocketAddress("[2001:db8::1]:3478")!, SocketAddress("192.0.2.1:3478")!, SocketAddress("192.0.2.2:3478")!
    )

    private func watch(_ places: @escaping @Sendable () -> STUNWatch.Places) -> STUNWatch {
        STUNWatch(places, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func aServerThatAnswersAtNoneOfItsAddressesIsAProblemUntilItDoes() {
        let watch = watch { [("stun:two.example.org", [Self.old, Self.new]), ("stun:one.example.org", [Self.other])] }
        #expect(watch.handOut() == [Self.old, Self.new, Self.other])
        let told = Mutex<[String?]>([])
        watch.start { text in told.withLock { $0.append(text) } }
        watch.take(Self.old, answers: false)
        #expect(
            told.withLock { $0 } == [
                "No answer from the STUN server “stun:two.example.org”: check stun of the configuration, and whether the "
                    + "firewall lets UDP through. Where there is a NAT, media may find no way."
            ])
        watch.take(Self.old, answers: false)
        watch.take(Self.new, answers: true)
        watch.take(Self.old, answers: false)
        #expect(told.withLock { $0.count } == 2 && told.withLock { $0[1] } == nil, "one of its addresses is enough")
        watch.take(Self.other, answers: false)
        watch.take(Self.new, answers: false)
        let last = told.withLock { $0.last ?? nil }
        #expect(last?.contains("servers “stun:two.example.org”, “stun:one.example.org”: ") == true)
        // Of a server that is not configured any more.
        watch.take(SocketAddress("192.0.2.9:3478")!, answers: false)
        #expect(told.withLock { $0.count } == 4)
        watch.take(Self.old, answers: true)
        watch.take(Self.other, answers: true)
        #expect(told.withLock { $0.last } == .some(nil))
    }

    @Test func aServerIsKnownByTheAddressesThatWereHandedOut() {
        let name = "stun:one.example.org"
        let places = Mutex<STUNWatch.Places>([(name, [Self.old])])
        let watch = watch { places.withLock(\.self) }
        let told = Mutex<[String?]>([])
        watch.start { text in told.withLock { $0.append(text) } }
        #expect(watch.handOut() == [Self.old])
        // The name was looked up again meanwhile.
        places.withLock { $0 = [(name, [Self.new])] }
        watch.take(Self.old, answers: false)
        #expect(told.withLock { $0.count } == 1, "it was there when it was asked")
        #expect(watch.handOut() == [Self.new])
        #expect(told.withLock { $0.count } == 1, "what was told stands until it is heard of anew")
        watch.take(Self.new, answers: true)
        #expect(told.withLock { $0.count } == 2 && told.withLock { $0.last } == .some(nil))
        places.withLock { $0 = [(name, [Self.old, Self.new])] }
        #expect(watch.handOut() == [Self.old, Self.new])
        watch.take(Self.old, answers: false)
        #expect(told.withLock { $0.count } == 3, "what answered before says nothing of now")
    }

    @Test func newsOfOneServerSayNothingOfAnother() {
        let watch = watch { [("stun:two.example.org", [Self.old]), ("stun:one.example.org", [Self.other])] }
        let told = Mutex<[String?]>([])
        watch.start { text in told.withLock { $0.append(text) } }
        _ = watch.handOut()
        watch.take(Self.old, answers: false)
        _ = watch.handOut()
        watch.take(Self.other, answers: true)
        #expect(told.withLock { $0.count } == 1)
    }
}

import Base
import Logging
import Media
import Synchronization
import Testing

@testable import RoomDaemon

@Suite(.timeLimit(.minutes(1))) struct STUNWatchTests {
    private static let (old, new, other) = (
        SocketAddress("[2001:db8::1]:3478")!, SocketAddress("192.0.2.1:3478")!, SocketAddress("192.0.2.2:3478")!
    )

    @Test func aServerThatAnswersAtNoneOfItsAddressesIsAProblemUntilItDoes() throws {
        let names = ServerNames(stun: ["stun:two.example.org", "stun:one.example.org"]) { host, _ in
            host == "two.example.org" ? [Self.old, Self.new] : [Self.other]
        }
        try names.start { _ in }
        defer { names.stop() }
        let end = MonotonicClock.now + .seconds(5)
        while names.places.contains(where: \.addresses.isEmpty), MonotonicClock.now < end {
            MonotonicClock.sleep(until: MonotonicClock.now + .milliseconds(5))
        }
        let watch = STUNWatch(names, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
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
}

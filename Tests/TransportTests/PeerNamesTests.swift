import Base
import Media
import Synchronization
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct PeerNamesTests {
    private let address = IPAddress("192.0.2.7")!

    private func resolve(_ names: PeerNames, _ name: String) async -> [IPAddress] {
        await withCheckedContinuation { continuation in
            names.resolve(name) { continuation.resume(returning: $0) }
        }
    }

    @Test func aNameIsResolvedOnAnotherThread() async {
        let address = address
        let names = PeerNames { $0 == "a.local" ? [address] : [] }
        #expect(await resolve(names, "a.local") == [address])
        #expect(await resolve(names, "b.local").isEmpty)
    }

    @Test func aResolverThatHangsHoldsNobodyUp() async {
        let gate = EventSignal()
        let names = PeerNames(patience: .milliseconds(50)) { _ in
            gate.wait()
            return []
        }
        #expect(await resolve(names, "silent.local").isEmpty)
        // All but the first place.
        for index in 1..<PeerNames.limit { names.resolve("silent\(index).local") { _ in } }
        let began = MonotonicClock.now
        #expect(await resolve(names, "more.local").isEmpty)
        #expect(MonotonicClock.now - began < .seconds(5))
        gate.signal()
    }

    @Test func theSystemKnowsItself() {
        #expect(NameService.addresses(of: "localhost").contains { $0.isLoopback })
        #expect(NameService.addresses(of: "2001:db8::1").map(\.description) == ["2001:db8::1"])
    }
}

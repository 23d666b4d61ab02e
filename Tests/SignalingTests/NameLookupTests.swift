import Glibc
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Signaling

@Suite(.timeLimit(.minutes(1))) struct NameLookupTests {
    /// A name server that answers when the test says so.
    private final class Server: Sendable {
        private let answers = Mutex<[Result<[SocketAddress], NameLookupError>]>([])
        let questions = Atomic(0)

        func answer(_ result: Result<[SocketAddress], NameLookupError>) { answers.withLock { $0.append(result) } }

        func ask() -> Result<[SocketAddress], NameLookupError> {
            questions.add(1, ordering: .relaxed)
            while true {
                if let answer = answers.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { return answer }
                sched_yield()
            }
        }
    }

    private let loop = MultiThreadedEventLoopGroup.singleton.next()
    private let server = Server()

    private func lookup(patience: TimeAmount = .milliseconds(1)) -> NameLookup {
        let server = server
        return NameLookup(patience: patience) { _ in server.ask() }
    }

    private func address(_ text: String) throws -> SocketAddress { try SocketAddress(ipAddress: text, port: 0) }

    @Test func aNameIsLookedUpOnceAtATime() async throws {
        let lookup = lookup(patience: .hours(1))
        let answers = (0..<200).map { _ in lookup.addresses(of: "meet.example", on: loop) }
        // No more wait for it than make sense.
        await #expect(throws: NameLookupError.self) { try await answers[100].get() }
        server.answer(.success([try address("192.0.2.1")]))
        #expect(try await answers[0].get() == [try address("192.0.2.1")])
        #expect(try await answers[63].get() == [try address("192.0.2.1")])
        #expect(server.questions.load(ordering: .relaxed) == 1)
        server.answer(.success([try address("192.0.2.2")]))
        #expect(try await lookup.addresses(of: "meet.example", on: loop).get() == [try address("192.0.2.2")])
    }

    @Test func whatIsKnownHelpsWhileNoNameServerAnswers() async throws {
        let lookup = lookup()
        server.answer(.success([try address("192.0.2.1")]))
        _ = try await lookup.addresses(of: "meet.example", on: loop).get()
        for _ in 0..<5 {
            #expect(try await lookup.addresses(of: "meet.example", on: loop).get() == [try address("192.0.2.1")])
        }
        #expect(server.questions.load(ordering: .relaxed) <= 2)
        server.answer(.failure(NameLookupError(code: EAI_AGAIN)))
    }

    @Test func aNameThatIsNoMoreIsNotRemembered() async throws {
        let lookup = lookup(patience: .hours(1))
        server.answer(.success([try address("192.0.2.1")]))
        _ = try await lookup.addresses(of: "meet.example", on: loop).get()
        server.answer(.failure(NameLookupError(code: EAI_AGAIN)))
        #expect(try await lookup.addresses(of: "meet.example", on: loop).get() == [try address("192.0.2.1")])
        server.answer(.failure(NameLookupError(code: EAI_NONAME)))
        await #expect(throws: NameLookupError(code: EAI_NONAME)) {
            try await lookup.addresses(of: "meet.example", on: loop).get()
        }
    }

    @Test func addressesNeedNoNameServer() async throws {
        let lookup = lookup()
        #expect(try await lookup.addresses(of: "192.0.2.7", on: loop).get() == [try address("192.0.2.7")])
        #expect(try await lookup.addresses(of: "::1", on: loop).get() == [try address("::1")])
        #expect(server.questions.load(ordering: .relaxed) == 0)
    }

    @Test func theSystemKnowsThisMachine() throws {
        let found = try NameLookup.ask("localhost").get()
        #expect(found.contains { $0.ipAddress == "127.0.0.1" || $0.ipAddress == "::1" })
        let resolver = NameResolver("localhost", port: 8188, lookup: NameLookup(), on: loop)
        let both = try resolver.initiateAQuery(host: "", port: 0).and(resolver.initiateAAAAQuery(host: "", port: 0))
            .wait()
        #expect(!(both.0 + both.1).isEmpty && (both.0 + both.1).allSatisfy { $0.port == 8188 })
    }
}

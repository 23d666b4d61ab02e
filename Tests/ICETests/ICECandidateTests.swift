import Base
import ICE
import Testing

@Suite struct ICECandidateTests {
    @Test func readsAndWritesWhatChromeWrites() throws {
        let text =
            "candidate:842163049 1 udp 1677729535 203.0.113.5 54321 typ srflx raddr 10.0.0.1 rport 5000"
            + " generation 0 ufrag EsAw network-cost 999"
        let candidate = try ICECandidate(text)
        #expect(candidate.foundation == "842163049" && candidate.component == 1 && candidate.transport == .udp)
        #expect(candidate.priority == 1_677_729_535 && candidate.kind == .serverReflexive)
        #expect(candidate.address == SocketAddress("203.0.113.5:54321"))
        #expect(candidate.relatedHost == .ip(.v4(0x0A00_0001)) && candidate.relatedPort == 5000)
        #expect(candidate.ufrag == "EsAw")
        #expect(candidate.description == text)
        #expect(try ICECandidate("a=" + text + "\r\n") == candidate)
        #expect(try ICECandidate(text.dropFirst(10)) == candidate)
    }

    @Test(arguments: [
        "candidate:1 1 UDP 2130706431 192.0.2.1 9 typ host",
        "candidate:1 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active",
        "candidate:2 1 udp 2113937151 6b2e1c1e-95d5-4b3a-8f52-0a9d4f3b4ba3.local 50000 typ host generation 0",
        "candidate:3 2 udp 41885439 2001:db8::7 65535 typ relay raddr 192.0.2.1 rport 1",
        "candidate:udpcandidate 1 udp 1076558079 sfu.example.org 40000 typ host",
        "candidate:4 1 udp 1 fe80::1%eth0 1 typ prflx",
    ])
    func keepsWhatItDoesNotUse(text: String) throws {
        let candidate = try ICECandidate(text)
        #expect(candidate.description == text.replacing("UDP", with: "udp"))
        #expect((candidate.address == nil) == (text.contains("local ") || text.contains("sfu") || text.contains("%")))
    }

    /// A combining mark makes one character with the colon or the space before it.
    @Test(arguments: [
        "candidate:\u{5AD} 1 udp 1 10.0.0.1 9 typ host",
        "candidate:1 1 udp 1 10.0.0.1 9 typ host\n\u{5AD}x y",
    ]) func combiningMarksAreReadAsTheyAreWritten(line: String) throws {
        let candidate = try ICECandidate(line)
        #expect(try ICECandidate(candidate.description) == candidate)
        #expect(candidate.foundation == "\u{5AD}" || candidate.extensions.first?.name == "\u{5AD}x")
    }

    @Test func theLongestLineIsReadAsItIsWritten() throws {
        let start = "1 1 udp 1 10.0.0.1 9 typ host x "
        let line = start + String(repeating: "y", count: ICECandidate.maximumTextLength - start.utf8.count)
        let candidate = try ICECandidate(line)
        #expect(try ICECandidate(candidate.description) == candidate)
        #expect(throws: ICEError.self) { _ = try ICECandidate(line + "y") }
    }

    @Test func knowsTheEnd() throws {
        for text in ["", " ", "candidate:", "end-of-candidates", "a=end-of-candidates\r\n"] {
            #expect(try ICECandidateLine(text) == .endOfCandidates)
        }
        let candidate = try ICECandidate("candidate:1 1 udp 1 192.0.2.1 9 typ host")
        #expect(try ICECandidateLine("candidate:1 1 udp 1 192.0.2.1 9 typ host") == .candidate(candidate))
    }

    @Test(arguments: [
        "candidate:1 1 udp 1 192.0.2.1 9 typ", "candidate:1 0 udp 1 192.0.2.1 9 typ host",
        "candidate:1 1 udp 4294967296 192.0.2.1 9 typ host", "candidate:1 1 udp 1 192.0.2.1 65536 typ host",
        "candidate:1 1 udp 1 192.0.2.1 9 typ alien", "candidate:1 1 udp 1 192.0.2.1 9 kind host",
        "candidate:1 1 udp -1 192.0.2.1 9 typ host", "candidate:1 1 udp 1 192.0.2.1 9 typ srflx raddr 1.2.3.4 rport x",
        "candidate:" + String(repeating: "x", count: 65) + " 1 udp 1 192.0.2.1 9 typ host",
        String(repeating: "candidate:1 ", count: 200),
    ])
    func refusesWithAReason(text: String) {
        #expect(throws: ICEError.self) { try ICECandidate(text) }
    }

    @Test func hostileTextNeverTraps() {
        var random = SeededRandom(seed: 8839)
        let words = [
            "candidate:", "a=", "1", "udp", "typ", "host", "raddr", "rport", "::", "1.2.3.4", " ", "\n", "é", "-", "\0",
            "99999999999999999999", "generation",
        ]
        for _ in 0..<2000 {
            let text = (0..<random.next() % 20).map { _ in words[Int(random.next() % UInt64(words.count))] }
                .joined(separator: random.next() & 1 == 0 ? " " : "")
            if let candidate = try? ICECandidate(text) { _ = candidate.description }
        }
    }

    @Test func credentialsFollowRFC8839() throws {
        let own = ICECredentials(entropy: Array(0..<24))
        #expect(own.ufrag.count == 8 && own.password.count == 24)
        #expect(try ICECredentials(ufrag: own.ufrag, password: own.password) == own)
        let password = String(repeating: "p", count: 22)
        #expect(throws: ICEError.self) { try ICECredentials(ufrag: "abc", password: password) }
        #expect(throws: ICEError.self) { try ICECredentials(ufrag: "abcd", password: String(password.dropLast())) }
        #expect(throws: ICEError.self) { try ICECredentials(ufrag: "ab:cd", password: password) }
        #expect(throws: ICEError.self) { try ICECredentials(ufrag: "abcd", password: password + "ü") }
    }
}

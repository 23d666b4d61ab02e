import Base
import SDP
import Testing

@Suite struct HostileSDPTests {
    private static let head = "v=0\no=- 1 1 IN IP4 0.0.0.0\ns=-\nt=0 0\nm=video 9 UDP/TLS/RTP/SAVPF 96\n"

    @Test(arguments: [
        "a=rtpmap:96 VP8", "a=rtpmap:128 VP8/90000", "a=rtpmap:96 VP8/0", "a=rtpmap:96 VP8/99999999999",
        "a=rtpmap:96 opus/48000/256", "a=rtpmap", "a=fmtp:96", "a=rtcp-fb:96", "a=rtcp-fb:x nack",
        "a=extmap:0 urn:x", "a=extmap:256 urn:x", "a=extmap:5000 urn:x", "a=extmap:3/both urn:x", "a=extmap:3",
        "a=extmap:70000 urn:x", "a=ssrc:4294967296 cname:x", "a=ssrc:-1 cname:x", "a=ssrc-group:FID 1 x",
        "a=ssrc-group:", "a=group:", "a=mid:", "a=mid:a b", "a=mid", "a=ice-ufrag:abc", "a=ice-ufrag:a b c d",
        "a=ice-pwd:short", "a=fingerprint:sha-256 AB", "a=fingerprint:sha-256 +1:00", "a=fingerprint:sha-256",
        "a=fingerprint:sha-9000 ", "a=fingerprint:sha-9000 123", "a=setup:maybe", "a=msid:", "a=candidate:1 1 udp",
        "a=", "a=:x", "a=bad name", "b=AS", "b=AS:x", "b=AS:99999999999999999999", "c=IN IP4", "c=OUT IP4 0.0.0.0",
        "m=audio", "m=audio 70000 RTP/AVP 0", "m=audio 9 RTP/AVP 128", "m=audio 9 RTP/AVP 0 0", "m=audio -1 RTP/AVP 0",
        "m=audio 9/x RTP/AVP 0", "v=0", "o=- 1 1 IN IP4 0.0.0.0", "x=1", "noequals", "=x", "ab=x", "a=mid:\u{0}",
        "a=tool:a\rb", "a=tool:a\u{7F}",
    ])
    func namesTheLine(_ line: String) {
        let error = #expect(throws: SDPError.self) {
            try Session(parsing: HostileSDPTests.head + "a=mid:0\n" + line + "\na=rtcp-mux\n")
        }
        #expect(error?.line == 7, "\(line)")
        #expect(error.map { "\($0)".contains("line 7") && "\($0)".contains("expected") } == true)
    }

    @Test(arguments: ["", "\n", "o=- 1 1 IN IP4 0.0.0.0", "v=1\n", "v=0\ns=-\n", "v=0\no=- 1 1 IN IP4\n", "v=0\n\no=-"])
    func refusesWhatIsNoDescription(_ text: String) {
        #expect(throws: SDPError.self) { try Session(parsing: text) }
    }

    @Test func boundsAreHeld() throws {
        var limits = SDPLimits()
        limits.bytes = 4096
        limits.lineBytes = 200
        limits.mediaSections = 3
        limits.attributesPerSection = 4
        limits.formatsPerSection = 2
        func reason(_ text: String) -> SDPError.Reason? {
            do {
                _ = try Session(parsing: text, limits: limits)
                return nil
            } catch {
                return error.reason
            }
        }
        let head = HostileSDPTests.head
        let section = "m=audio 9 UDP/TLS/RTP/SAVPF 0\n"
        #expect(reason(head + section + section) == nil)
        #expect(reason(head + section + section + section) == .limit)
        #expect(reason(head + String(repeating: "a=x\n", count: 4)) == nil)
        #expect(reason(head + String(repeating: "a=x\n", count: 5)) == .limit)
        #expect(reason(head + "a=x:" + String(repeating: "y", count: 197) + "\n") == .limit)
        #expect(reason(head + "m=audio 9 UDP/TLS/RTP/SAVPF 0 8 9\n") == .limit)
        #expect(reason(String(repeating: "v", count: 4097)) == .limit)
        #expect(reason("v=0\n" + String(repeating: "e=x\n", count: 5)) == .limit)
    }

    @Test func refusesBytesThatAreNoText() {
        let error = #expect(throws: SDPError.self) {
            try SessionDescription(type: .offer, bytes: Array("v=0\ns=".utf8) + [0xFF, 0x0A])
        }
        #expect(error?.reason == .syntax)
    }

    @Test func separatorsStayApartFromCombiningCharacters() throws {
        // U+0301 joins the character before it in Swift's eyes, never in SDP's.
        let text = "v=0\no=- 1 1 IN IP4 0.0.0.0\ns=\u{301}x\na=tool:\u{301}y\n"
        let session = try Session(parsing: text)
        #expect(session.name == "\u{301}x")
        #expect(session.attributes.other("tool") == "\u{301}y")
    }

    @Test func excerptsAreShort() {
        let error = #expect(throws: SDPError.self) {
            try Session(parsing: "v=0\n" + String(repeating: "z", count: 5000))
        }
        #expect(error?.excerpt.count == 80)
    }

    /// Whatever comes is refused or read; what is read is written so that it reads the same.
    @Test(arguments: Samples.all) func mutationsNeverTrap(_ sample: Samples.Sample) throws {
        let original = Array(sample.text.utf8)
        for seed in 0..<400 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var bytes = original
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[place] = Array(" \r\n:;/=0-".utf8).randomElement(using: &random)!
                case 2: bytes.removeSubrange(place..<min(bytes.count, place + 20))
                case 3: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 30)], at: place)
                default: bytes.removeLast(min(bytes.count - 1, place))
                }
            }
            guard let description = try? SessionDescription(type: .offer, bytes: bytes) else { continue }
            for section in description.session.media { _ = section.rtpFormats }
            let again = try? SessionDescription(type: .offer, sdp: description.sdp)
            #expect(again == description, "\(sample.name), seed \(seed)")
        }
    }
}

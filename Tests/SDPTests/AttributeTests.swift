import SDP
import Testing

@Suite struct AttributeTests {
    private func attribute(_ line: String) throws -> Attribute? {
        try Session(parsing: "v=0\no=- 1 1 IN IP4 0.0.0.0\na=\(line)\n").attributes.elements.first
    }

    @Test func extensionMapsKnowDirectionAndHeaderForm() throws {
        #expect(
            try attribute("extmap:3/sendonly urn:x some attributes")
                == .extensionMap(ExtensionMap(id: 3, direction: .sendonly, uri: "urn:x", attributes: "some attributes"))
        )
        #expect(!ExtensionMap(id: 14, uri: "urn:x").needsTwoByteHeader)
        #expect(ExtensionMap(id: 15, uri: "urn:x").needsTwoByteHeader)
        #expect(try attribute("extmap:4096 urn:x") == .extensionMap(ExtensionMap(id: 4096, uri: "urn:x")))
    }

    @Test func fingerprintsAreNormalised() throws {
        let attribute = try attribute("fingerprint:SHA-1 ab:CD:00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:10:11")
        #expect(attribute?.text == "fingerprint:sha-1 AB:CD:00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11")
    }

    @Test func feedbackForAllFormatsReachesEach() throws {
        let session = try Session(
            parsing: """
                v=0
                o=- 1 1 IN IP4 0.0.0.0
                m=video 9 UDP/TLS/RTP/SAVPF 96 98
                a=rtpmap:96 VP8/90000
                a=rtpmap:98 VP9/90000
                a=rtcp-fb:* nack
                a=rtcp-fb:98   nack   pli
                """)
        #expect(session.media[0].rtpFormats.map(\.feedback) == [["nack"], ["nack", "nack pli"]])
    }

    @Test func sourcesMayStandAlone() throws {
        #expect(try attribute("ssrc:7") == .source(SourceAttribute(ssrc: 7)))
        #expect(try attribute("ssrc:7 msid:a b") == .source(SourceAttribute(ssrc: 7, name: "msid", value: "a b")))
    }

    @Test func simulcastKnowsAlternativesBothWays() throws {
        let text = "simulcast:send 1,~4;2;3 recv c"
        #expect(try attribute(text)?.text == text)
        guard case .simulcast(let simulcast) = try attribute(text) else {
            Issue.record("not a simulcast attribute")
            return
        }
        #expect(simulcast.send.map(\.count) == [2, 1, 1])
        #expect(simulcast.receive == [[.init(rid: "c")]])
    }

    @Test func parametersAreFoundWithoutRegardToCaseAndBlanks() {
        let text = "Profile-Level-ID=42e01f; packetization-mode=1;cbr"
        #expect(FormatParameters.value(of: "profile-level-id", in: text) == "42e01f")
        #expect(FormatParameters.value(of: "packetization-mode", in: text) == "1")
        #expect(FormatParameters.value(of: "cbr", in: text) == nil)
    }
}

import SDP
import Testing

@Suite struct SessionParsingTests {
    /// Lines in another order than RFC 8866's are taken, and put into it.
    @Test func linesOutOfOrderAreReadAsTheyAreWritten() throws {
        let text = "v=0\no=- 1 1 IN IP4 0.0.0.0\ns=-\nk=prompt\nt=0 0\ni=a talk\nr=1 2 3\nu=urn:x\n"
        let session = try Session(parsing: text)
        #expect(session.otherLines.map { Character(Unicode.Scalar($0.type)) } == ["i", "u", "t", "r", "k"])
        #expect(try Session(parsing: session.text) == session)
    }

    @Test func readsChrome() throws {
        let session = try Session(parsing: Samples.chrome)
        #expect(session.origin.sessionID == 6_186_428_474_312_905_874)
        #expect(session.bundleGroups == [Group("BUNDLE", ["0", "1", "2"])])
        #expect(session.attributes.allowsMixedExtensionMaps)
        #expect(session.attributes.other("msid-semantic") == " WMS 5b2a2f0e-76cf-4e2f-9d57-5c8b30b6a1f1")
        #expect(session.media.map(\.type) == [.audio, .video, .application])

        let audio = session.media[0]
        #expect(audio.attributes.mid == "0")
        #expect(audio.attributes.hasRTCPMux && audio.attributes.hasRTCPReducedSize)
        #expect(audio.attributes.setup == .actpass)
        #expect(session.iceUfrag(of: audio) == "Yk2+")
        #expect(session.iceOptions(of: audio) == ["trickle"])
        #expect(session.direction(of: audio) == .sendrecv)
        #expect(audio.rtpFormats.map(\.map.encoding) == ["opus", "red", "G722", "PCMU", "PCMA", "telephone-event"])
        #expect(audio.rtpFormats[0].parameter("useinbandfec") == "1")
        #expect(audio.rtpFormats[0].map.channels == 2)
        #expect(
            audio.attributes.sources.first
                == SourceAttribute(ssrc: 1_646_208_133, name: "cname", value: "hB1ZxKq0fHkT7mDS"))

        let video = session.media[1]
        #expect(video.rtpFormats.map(\.payloadType) == [96, 102, 98, 100])
        #expect(video.rtpFormats.map(\.retransmission) == [97, 103, 99, 101])
        #expect(video.rtpFormats[0].feedback == ["goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"])
        #expect(video.attributes.extensionMaps.count == 8)
        #expect(
            video.attributes.simulcast
                == Simulcast(send: [[.init(rid: "hi")], [.init(rid: "lo", isPaused: true)]]))
        #expect(video.attributes.restrictionIdentifiers.last?.restrictions == "max-width=320;max-height=180")

        let data = session.media[2]
        #expect(data.formats == ["webrtc-datachannel"])
        #expect(data.payloadTypes.isEmpty && !data.isRTP)
        #expect(data.attributes.other("sctp-port") == "5000")
    }

    @Test func readsFirefoxWithSessionFingerprintAndBundleOnlySection() throws {
        let session = try Session(parsing: Samples.firefox)
        let (audio, video) = (session.media[0], session.media[1])
        #expect(session.fingerprints(of: audio).map(\.algorithm) == ["sha-256"])
        #expect(session.fingerprints(of: video).first?.bytes == Array(0xA0...0xBF))
        #expect(session.iceOptions(of: video) == ["trickle"])
        #expect(audio.attributes.extensionMaps[1].direction == .recvonly)
        #expect(video.port == 0 && video.attributes.isBundleOnly && !video.isRejected)
        #expect(video.attributes.sourceGroups == [SourceGroup("FID", [1_177_032_453, 3_030_911_044])])
        // fmtp lines stand before the rtpmap lines.
        #expect(video.rtpFormats.first?.retransmission == 124)
    }

    @Test func readsAiortcWithOneTransportASection() throws {
        let session = try Session(parsing: Samples.aiortc)
        #expect(session.media.map { session.iceUfrag(of: $0) } == ["gH2k", "xB7m"])
        #expect(session.media[0].attributes.candidates.count == 2)
        #expect(session.media[0].attributes.candidates[1].hasSuffix("raddr 192.0.2.20 rport 46543"))
        #expect(session.media[0].attributes.hasEndOfCandidates)
        #expect(session.media[0].attributes.fingerprints.map(\.bytes.count) == [32, 48])
    }

    @Test func readsJanus() throws {
        let offer = try Session(parsing: Samples.janus)
        #expect(offer.name == "VideoRoom 1234")
        #expect(offer.media.map { offer.direction(of: $0) } == [.sendonly, .sendonly, .inactive])
        #expect(offer.fingerprints(of: offer.media[2]).count == 1)
        #expect(offer.media[1].attributes.streamIdentifier == StreamIdentifier(stream: "janus", track: "janus1"))

        let answer = try Session(parsing: Samples.janusAnswer)
        #expect(answer.media.map(\.isRejected) == [false, true])
        #expect(answer.media[0].bandwidths.first?.bitsPerSecond == 1_024_000)
        // Not the form of RFC 8853: kept, but not understood.
        #expect(answer.media[0].attributes.simulcast == nil)
        #expect(answer.media[0].attributes.other("simulcast") == " recv rid=hi")
    }

    @Test(arguments: Samples.all) func writesWhatItRead(_ sample: Samples.Sample) throws {
        let session = try Session(parsing: sample.text)
        #expect(session.text == sample.text.withCRLF)
        #expect(try Session(parsing: session.text) == session)
    }

    @Test func keepsUnknownAttributesAndLinesInPlace() throws {
        let text = """
            v=0
            o=- 1 1 IN IP6 ::1
            s=-
            i=about it
            u=http://example.net/
            c=IN IP6 ::1
            b=AS:100
            t=1 2
            r=7d 1h 0 25h
            t=3 4
            k=prompt
            a=x-flag
            a=x-value:a:b=c d
            m=audio 5004/2 RTP/AVP 0
            i=title
            a=x-second: 

            """
        let session = try Session(parsing: text)
        #expect(session.text == text.withCRLF)
        #expect(session.attributes.other("x-value") == "a:b=c d")
        #expect(session.attributes.other("x-flag") == "")
        #expect(session.attributes.other("absent") == nil)
    }

    @Test func fillsInMissingNameAndTime() throws {
        let session = try Session(parsing: "v=0\no=- 1 1 IN IP4 0.0.0.0\n")
        #expect(session.text == "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n")
    }

    @Test func valuesNeverAddLines() throws {
        var session = try Session(parsing: Samples.janus)
        session.name = "a\r\na=ice-lite"
        session.media[0].attributes.append(.streamIdentifier(StreamIdentifier(stream: "x\ny", track: "z")))
        let read = try Session(parsing: session.text)
        #expect(!read.attributes.isICELite)
        #expect(read.attributes.elements.count == session.attributes.elements.count)
    }

    @Test func rollbackHasNoBody() throws {
        let rollback = try SessionDescription(type: .rollback, sdp: "anything")
        #expect(rollback == .rollback)
        #expect(rollback.sdp.isEmpty)
    }

    @Test func directionsTurnAndMeet() {
        #expect(MediaDirection.sendonly.reversed == .recvonly)
        #expect(MediaDirection.sendrecv.intersection(.recvonly) == .recvonly)
        #expect(MediaDirection.sendonly.intersection(.recvonly) == .inactive)
    }
}

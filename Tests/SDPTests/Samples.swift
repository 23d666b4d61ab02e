import Testing

/// Descriptions in the manner of the peers that the room meets, written for these tests. All lines end in LF here.
enum Samples {
    struct Sample: Sendable, CustomTestStringConvertible {
        var name: String
        var text: String
        var testDescription: String { name }
    }

    static let all = [
        Sample(name: "Chrome", text: chrome), Sample(name: "Firefox", text: firefox),
        Sample(name: "aiortc", text: aiortc), Sample(name: "Janus", text: janus),
        Sample(name: "Janus answer", text: janusAnswer),
    ]

    /// An offer of Chrome: one audio, one simulcast video section, and a data channel.
    static let chrome = """
        v=0
        o=- 6186428474312905874 2 IN IP4 127.0.0.1
        s=-
        t=0 0
        a=group:BUNDLE 0 1 2
        a=extmap-allow-mixed
        a=msid-semantic: WMS 5b2a2f0e-76cf-4e2f-9d57-5c8b30b6a1f1
        m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 110
        c=IN IP4 0.0.0.0
        a=rtcp:9 IN IP4 0.0.0.0
        a=ice-ufrag:Yk2+
        a=ice-pwd:qX5Jb0f7Vb9oRbLrQ0cG3v/l
        a=ice-options:trickle
        a=fingerprint:sha-256 0F:1E:2D:3C:4B:5A:69:78:87:96:A5:B4:C3:D2:E1:F0:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF
        a=setup:actpass
        a=mid:0
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=sendrecv
        a=msid:5b2a2f0e-76cf-4e2f-9d57-5c8b30b6a1f1 3d0c0b83-4d3a-4a4a-8d4f-0b8a4c1b1c11
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:111 opus/48000/2
        a=rtcp-fb:111 transport-cc
        a=fmtp:111 minptime=10;useinbandfec=1
        a=rtpmap:63 red/48000/2
        a=fmtp:63 111/111
        a=rtpmap:9 G722/8000
        a=rtpmap:0 PCMU/8000
        a=rtpmap:8 PCMA/8000
        a=rtpmap:110 telephone-event/48000
        a=ssrc:1646208133 cname:hB1ZxKq0fHkT7mDS
        a=ssrc:1646208133 msid:5b2a2f0e-76cf-4e2f-9d57-5c8b30b6a1f1 3d0c0b83-4d3a-4a4a-8d4f-0b8a4c1b1c11
        m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 98 99 100 101
        c=IN IP4 0.0.0.0
        a=rtcp:9 IN IP4 0.0.0.0
        a=ice-ufrag:Yk2+
        a=ice-pwd:qX5Jb0f7Vb9oRbLrQ0cG3v/l
        a=ice-options:trickle
        a=fingerprint:sha-256 0F:1E:2D:3C:4B:5A:69:78:87:96:A5:B4:C3:D2:E1:F0:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF
        a=setup:actpass
        a=mid:1
        a=extmap:14 urn:ietf:params:rtp-hdrext:toffset
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:13 urn:3gpp:video-orientation
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
        a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
        a=sendrecv
        a=msid:5b2a2f0e-76cf-4e2f-9d57-5c8b30b6a1f1 9a2be0a1-77c9-4a3e-8f6e-2f3f0a8e7d22
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:96 VP8/90000
        a=rtcp-fb:96 goog-remb
        a=rtcp-fb:96 transport-cc
        a=rtcp-fb:96 ccm fir
        a=rtcp-fb:96 nack
        a=rtcp-fb:96 nack pli
        a=rtpmap:97 rtx/90000
        a=fmtp:97 apt=96
        a=rtpmap:102 H264/90000
        a=rtcp-fb:102 goog-remb
        a=rtcp-fb:102 nack
        a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
        a=rtpmap:103 rtx/90000
        a=fmtp:103 apt=102
        a=rtpmap:98 VP9/90000
        a=rtcp-fb:98 nack
        a=fmtp:98 profile-id=0
        a=rtpmap:99 rtx/90000
        a=fmtp:99 apt=98
        a=rtpmap:100 VP9/90000
        a=fmtp:100 profile-id=2
        a=rtpmap:101 rtx/90000
        a=fmtp:101 apt=100
        a=rid:hi send
        a=rid:lo send max-width=320;max-height=180
        a=simulcast:send hi;~lo
        m=application 9 UDP/DTLS/SCTP webrtc-datachannel
        c=IN IP4 0.0.0.0
        a=ice-ufrag:Yk2+
        a=ice-pwd:qX5Jb0f7Vb9oRbLrQ0cG3v/l
        a=ice-options:trickle
        a=fingerprint:sha-256 0F:1E:2D:3C:4B:5A:69:78:87:96:A5:B4:C3:D2:E1:F0:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF
        a=setup:actpass
        a=mid:2
        a=sctp-port:5000
        a=max-message-size:262144

        """

    /// An offer of Firefox: fingerprint and trickle for the session, directions on extensions, a bundle-only section.
    static let firefox = """
        v=0
        o=mozilla...THIS_IS_SDPARTA-99.0 4209173463186432891 0 IN IP4 0.0.0.0
        s=-
        t=0 0
        a=fingerprint:sha-256 A0:A1:A2:A3:A4:A5:A6:A7:A8:A9:AA:AB:AC:AD:AE:AF:B0:B1:B2:B3:B4:B5:B6:B7:B8:B9:BA:BB:BC:BD:BE:BF
        a=group:BUNDLE 0 1
        a=ice-options:trickle
        a=msid-semantic:WMS *
        m=audio 9 UDP/TLS/RTP/SAVPF 109 9 0 8
        c=IN IP4 0.0.0.0
        a=sendrecv
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=extmap:2/recvonly urn:ietf:params:rtp-hdrext:csrc-audio-level
        a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
        a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1
        a=ice-pwd:7a0d58f2c1b54d0a9c3f6e2b8d417e95
        a=ice-ufrag:b7e0c41d
        a=mid:0
        a=msid:{6f3a9c52} {a81d7730}
        a=rtcp-mux
        a=rtpmap:109 opus/48000/2
        a=rtpmap:9 G722/8000/1
        a=rtpmap:0 PCMU/8000
        a=rtpmap:8 PCMA/8000
        a=setup:actpass
        a=ssrc:2655508255 cname:{c2c9c0a6}
        m=video 0 UDP/TLS/RTP/SAVPF 120 124
        c=IN IP4 0.0.0.0
        a=bundle-only
        a=sendrecv
        a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:4 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=fmtp:120 max-fs=12288;max-fr=60
        a=fmtp:124 apt=120
        a=ice-pwd:7a0d58f2c1b54d0a9c3f6e2b8d417e95
        a=ice-ufrag:b7e0c41d
        a=mid:1
        a=msid:{6f3a9c52} {f2b0e914}
        a=rtcp-fb:120 nack
        a=rtcp-fb:120 nack pli
        a=rtcp-fb:120 ccm fir
        a=rtcp-fb:120 goog-remb
        a=rtcp-fb:120 transport-cc
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:120 VP8/90000
        a=rtpmap:124 rtx/90000
        a=setup:actpass
        a=ssrc:1177032453 cname:{c2c9c0a6}
        a=ssrc:3030911044 cname:{c2c9c0a6}
        a=ssrc-group:FID 1177032453 3030911044

        """

    /// An offer of aiortc: everything gathered, and a transport of its own for each section although they are bundled.
    static let aiortc = """
        v=0
        o=- 3971552312 3971552312 IN IP4 0.0.0.0
        s=-
        t=0 0
        a=group:BUNDLE 0 1
        a=msid-semantic:WMS *
        m=audio 46543 UDP/TLS/RTP/SAVPF 96 9 0 8
        c=IN IP4 192.0.2.20
        a=sendrecv
        a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:2 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=mid:0
        a=msid:ae0b8a6f-2f1e-4e43-8a3e-7b1d9f0c5a10 7c7a52e1-1f40-4f61-9ad8-0a3d1c2b4e55
        a=rtcp:9 IN IP4 0.0.0.0
        a=rtcp-mux
        a=ssrc:2893416052 cname:c6a6b9e2-8e0f-4b57-a8b0-3f7d2e1c9a04
        a=rtpmap:96 opus/48000/2
        a=rtpmap:9 G722/8000
        a=rtpmap:0 PCMU/8000
        a=rtpmap:8 PCMA/8000
        a=candidate:0b1c4e2a 1 udp 2130706431 192.0.2.20 46543 typ host
        a=candidate:4e1f0a77 1 udp 1694498815 198.51.100.7 46543 typ srflx raddr 192.0.2.20 rport 46543
        a=end-of-candidates
        a=ice-ufrag:gH2k
        a=ice-pwd:V0n3kq8sYx1uWmQz7bTf5A
        a=fingerprint:sha-256 10:32:54:76:98:BA:DC:FE:10:32:54:76:98:BA:DC:FE:10:32:54:76:98:BA:DC:FE:10:32:54:76:98:BA:DC:FE
        a=fingerprint:sha-384 10:32:54:76:98:BA:DC:FE:10:32:54:76:98:BA:DC:FE:10:32:54:76:98:BA:DC:FE:10:32:54:76:98:BA:DC:FE:10:32:54:76:98:BA:DC:FE:10:32:54:76:98:BA:DC:FE
        a=setup:actpass
        m=video 51002 UDP/TLS/RTP/SAVPF 97 98 99 100
        c=IN IP4 192.0.2.20
        a=sendrecv
        a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=mid:1
        a=msid:ae0b8a6f-2f1e-4e43-8a3e-7b1d9f0c5a10 5f5b0c3d-94a1-4a7c-b1d1-6e0f2a9b8c77
        a=rtcp:9 IN IP4 0.0.0.0
        a=rtcp-mux
        a=ssrc-group:FID 1038522147 3310457281
        a=ssrc:1038522147 cname:c6a6b9e2-8e0f-4b57-a8b0-3f7d2e1c9a04
        a=ssrc:3310457281 cname:c6a6b9e2-8e0f-4b57-a8b0-3f7d2e1c9a04
        a=rtpmap:97 VP8/90000
        a=rtcp-fb:97 nack
        a=rtcp-fb:97 nack pli
        a=rtcp-fb:97 goog-remb
        a=rtpmap:98 rtx/90000
        a=fmtp:98 apt=97
        a=rtpmap:99 H264/90000
        a=rtcp-fb:99 nack
        a=fmtp:99 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
        a=rtpmap:100 rtx/90000
        a=fmtp:100 apt=99
        a=candidate:0b1c4e2a 1 udp 2130706431 192.0.2.20 51002 typ host
        a=end-of-candidates
        a=ice-ufrag:xB7m
        a=ice-pwd:p9Lr2cDw6eZj4hKs8vNy0G
        a=fingerprint:sha-256 10:32:54:76:98:BA:DC:FE:10:32:54:76:98:BA:DC:FE:10:32:54:76:98:BA:DC:FE:10:32:54:76:98:BA:DC:FE
        a=setup:actpass

        """

    /// An offer of Janus 1.1.2's VideoRoom to a multistream subscriber; the third section is a publisher who left.
    static let janus = """
        v=0
        o=- 1718000000000000 3 IN IP4 203.0.113.5
        s=VideoRoom 1234
        t=0 0
        a=group:BUNDLE 0 1 2
        a=ice-options:trickle
        a=fingerprint:sha-256 C0:FF:EE:C0:FF:EE:C0:FF:EE:C0:FF:EE:C0:FF:EE:C0:FF:EE:C0:FF:EE:C0:FF:EE:C0:FF:EE:C0:FF:EE:00:01
        a=extmap-allow-mixed
        a=msid-semantic: WMS *
        m=audio 9 UDP/TLS/RTP/SAVPF 111
        c=IN IP4 203.0.113.5
        a=sendonly
        a=mid:0
        a=rtcp-mux
        a=ice-ufrag:8sJd
        a=ice-pwd:GmA1zP6vXq0cR7eTy3nKwL
        a=ice-options:trickle
        a=setup:actpass
        a=rtpmap:111 opus/48000/2
        a=fmtp:111 useinbandfec=1
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=msid:janus janus0
        a=ssrc:3735928559 cname:janus
        a=candidate:1 1 udp 2015363327 203.0.113.5 20042 typ host
        a=end-of-candidates
        m=video 9 UDP/TLS/RTP/SAVPF 96 97
        c=IN IP4 203.0.113.5
        a=sendonly
        a=mid:1
        a=rtcp-mux
        a=ice-ufrag:8sJd
        a=ice-pwd:GmA1zP6vXq0cR7eTy3nKwL
        a=ice-options:trickle
        a=setup:actpass
        a=rtpmap:96 VP8/90000
        a=rtcp-fb:96 ccm fir
        a=rtcp-fb:96 nack
        a=rtcp-fb:96 nack pli
        a=rtcp-fb:96 goog-remb
        a=rtcp-fb:96 transport-cc
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=rtpmap:97 rtx/90000
        a=fmtp:97 apt=96
        a=ssrc-group:FID 1122334455 2233445566
        a=msid:janus janus1
        a=ssrc:1122334455 cname:janus
        a=ssrc:2233445566 cname:janus
        a=candidate:1 1 udp 2015363327 203.0.113.5 20042 typ host
        a=end-of-candidates
        m=video 9 UDP/TLS/RTP/SAVPF 96
        c=IN IP4 203.0.113.5
        a=inactive
        a=mid:2
        a=rtcp-mux
        a=ice-ufrag:8sJd
        a=ice-pwd:GmA1zP6vXq0cR7eTy3nKwL
        a=ice-options:trickle
        a=setup:actpass
        a=rtpmap:96 VP8/90000
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=candidate:1 1 udp 2015363327 203.0.113.5 20042 typ host
        a=end-of-candidates

        """

    /// An answer of Janus to a publisher: bandwidth, early-draft simulcast, and a refused section.
    static let janusAnswer = """
        v=0
        o=- 1718000000000001 1 IN IP4 203.0.113.5
        s=VideoRoom 1234
        t=0 0
        a=group:BUNDLE 0
        a=ice-options:trickle
        a=fingerprint:sha-256 C0:FF:EE:C0:FF:EE:C0:FF:EE:C0:FF:EE:C0:FF:EE:C0:FF:EE:C0:FF:EE:C0:FF:EE:C0:FF:EE:C0:FF:EE:00:01
        a=extmap-allow-mixed
        a=msid-semantic: WMS *
        m=video 9 UDP/TLS/RTP/SAVPF 96 97
        c=IN IP4 203.0.113.5
        b=TIAS:1024000
        a=recvonly
        a=mid:0
        a=rtcp-mux
        a=ice-ufrag:8sJd
        a=ice-pwd:GmA1zP6vXq0cR7eTy3nKwL
        a=ice-options:trickle
        a=setup:active
        a=rtpmap:96 VP8/90000
        a=rtcp-fb:96 nack
        a=rtpmap:97 rtx/90000
        a=fmtp:97 apt=96
        a=rid:hi recv
        a=simulcast: recv rid=hi
        a=candidate:1 1 udp 2015363327 203.0.113.5 20042 typ host
        a=end-of-candidates
        m=audio 0 UDP/TLS/RTP/SAVPF 0
        c=IN IP4 203.0.113.5
        a=inactive
        a=mid:1

        """
}

extension String {
    /// Every `old` as `new`; both ASCII.
    func replacing(_ old: String, with new: String) -> String {
        var rest = self[...]
        var result = ""
        while let range = rest.firstRange(of: old) {
            result += rest[..<range.lowerBound] + new
            rest = rest[range.upperBound...]
        }
        return result + rest
    }

    /// With CRLF at the ends of lines.
    var withCRLF: String { replacing("\n", with: "\r\n") }
}

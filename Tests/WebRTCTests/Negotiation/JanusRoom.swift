import SDP

/// Writes the offers that Janus 1.1.2's VideoRoom makes to a multistream subscriber: streams keep their line for ever,
/// go inactive when their publisher leaves, and are given to the next publisher of that kind.
struct JanusRoom {
    struct Stream {
        var isVideo: Bool
        var ssrc: UInt32
        var isActive = true
        var streamID: String?
    }

    var streams: [Stream] = []
    var announcesSources = true
    var version = 0

    mutating func subscribe(video isVideo: Bool, publisher: String? = nil) {
        if let free = streams.firstIndex(where: { !$0.isActive && $0.isVideo == isVideo }) {
            streams[free].isActive = true
            streams[free].streamID = publisher
        } else {
            streams.append(
                Stream(isVideo: isVideo, ssrc: UInt32(1000 + streams.count * 10), streamID: publisher))
        }
    }

    mutating func offer() throws -> SessionDescription {
        version += 1
        var lines = [
            "v=0", "o=- 1718000000000000 \(version) IN IP4 203.0.113.5", "s=VideoRoom 1234", "t=0 0",
            "a=group:BUNDLE " + streams.indices.map { "\($0)" }.joined(separator: " "), "a=ice-options:trickle",
            "a=fingerprint:sha-256 " + Array(repeating: "C0", count: 32).joined(separator: ":"),
            "a=extmap-allow-mixed", "a=msid-semantic: WMS *",
        ]
        for (index, stream) in streams.enumerated() { lines += section(index, stream) }
        return try SessionDescription(type: .offer, sdp: lines.map { $0 + "\r\n" }.joined())
    }

    private func section(_ index: Int, _ stream: Stream) -> [String] {
        var lines = [
            stream.isVideo ? "m=video 9 UDP/TLS/RTP/SAVPF 96 97" : "m=audio 9 UDP/TLS/RTP/SAVPF 111",
            "c=IN IP4 203.0.113.5", stream.isActive ? "a=sendonly" : "a=inactive", "a=mid:\(index)", "a=rtcp-mux",
            "a=ice-ufrag:8sJd", "a=ice-pwd:GmA1zP6vXq0cR7eTy3nKwL", "a=ice-options:trickle", "a=setup:actpass",
        ]
        if stream.isVideo {
            lines += [
                "a=rtpmap:96 VP8/90000", "a=rtcp-fb:96 ccm fir", "a=rtcp-fb:96 nack", "a=rtcp-fb:96 nack pli",
                "a=rtcp-fb:96 goog-remb", "a=rtcp-fb:96 transport-cc",
                "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
                "a=extmap:13 urn:3gpp:video-orientation",
                "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
                "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time", "a=rtpmap:97 rtx/90000",
                "a=fmtp:97 apt=96",
            ]
        } else {
            lines += [
                "a=rtpmap:111 opus/48000/2", "a=rtcp-fb:111 transport-cc", "a=fmtp:111 useinbandfec=1",
                "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
                "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
            ]
        }
        if announcesSources {
            if stream.isVideo, stream.isActive { lines.append("a=ssrc-group:FID \(stream.ssrc) \(stream.ssrc + 1)") }
            if stream.isActive { lines.append("a=msid:\(stream.streamID ?? "janus") janus\(index)") }
            if stream.isActive { lines.append("a=ssrc:\(stream.ssrc) cname:janus") }
            if stream.isVideo, stream.isActive { lines.append("a=ssrc:\(stream.ssrc + 1) cname:janus") }
        }
        return lines + ["a=candidate:1 1 udp 2015363327 203.0.113.5 20042 typ host", "a=end-of-candidates"]
    }

    /// What Janus says to a publisher's offer: the first codec of each section, ICE and DTLS of its own.
    static func answer(to offer: SessionDescription) throws -> SessionDescription {
        var lines = [
            "v=0", "o=- \(offer.session.origin.sessionID) 1 IN IP4 203.0.113.5", "s=VideoRoom 1234", "t=0 0",
            "a=group:BUNDLE " + offer.session.media.compactMap(\.attributes.mid).joined(separator: " "),
            "a=ice-options:trickle",
            "a=fingerprint:sha-256 " + Array(repeating: "C0", count: 32).joined(separator: ":"),
            "a=extmap-allow-mixed", "a=msid-semantic: WMS *",
        ]
        for section in offer.session.media {
            guard let format = section.rtpFormats.first, let mid = section.attributes.mid else { continue }
            let type = format.payloadType
            let types = [type, format.retransmission].compactMap(\.self).map { "\($0)" }.joined(separator: " ")
            let sends = offer.session.direction(of: section).sends
            lines += [
                "m=\(section.type) 9 UDP/TLS/RTP/SAVPF \(types)", "c=IN IP4 203.0.113.5",
                sends ? "a=recvonly" : "a=inactive", "a=mid:\(mid)", "a=rtcp-mux", "a=ice-ufrag:jAnU",
                "a=ice-pwd:pAs5wOrDpAs5wOrDpAs5wO", "a=ice-options:trickle", "a=setup:active",
                "a=rtpmap:\(format.map)",
            ]
            let accepted =
                section.type == .video
                ? ["sdes:mid", "transport-wide-cc-extensions-01"] : ["sdes:mid", "ssrc-audio-level"]
            lines += section.attributes.extensionMaps.filter { map in
                accepted.contains { map.uri.hasSuffix($0) }
            }.map { "a=extmap:\($0)" }
            if section.type == .video {
                lines += ["ccm fir", "nack", "nack pli", "goog-remb", "transport-cc"].map { "a=rtcp-fb:\(type) \($0)" }
            }
            if let retransmission = format.retransmission {
                lines += ["a=rtpmap:\(retransmission) rtx/90000", "a=fmtp:\(retransmission) apt=\(type)"]
            }
            lines += ["a=candidate:1 1 udp 2015363327 203.0.113.5 20042 typ host", "a=end-of-candidates"]
        }
        return try SessionDescription(type: .answer, sdp: lines.map { $0 + "\r\n" }.joined())
    }
}

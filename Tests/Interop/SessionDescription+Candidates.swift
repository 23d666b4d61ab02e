import SDP

extension SessionDescription {
    /// `candidate:…`, of all sections, each once.
    var candidateLines: [String] {
        var result: [String] = []
        for line in sdp.split(whereSeparator: \.isNewline) where line.hasPrefix("a=candidate:") {
            let candidate = String(line.dropFirst(2))
            if !result.contains(candidate) { result.append(candidate) }
        }
        return result
    }

    /// The same without any, as a trickling peer would have written it.
    var withoutCandidates: SessionDescription {
        get throws {
            let lines = sdp.split(whereSeparator: \.isNewline).filter { line in
                !line.hasPrefix("a=candidate:") && !line.hasPrefix("a=end-of-candidates")
            }
            return try SessionDescription(type: type, sdp: lines.joined(separator: "\r\n") + "\r\n")
        }
    }
}

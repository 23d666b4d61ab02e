import Testing

extension InteropCall.Scenario: CustomTestStringConvertible {
    var testDescription: String {
        var words = [engine.rawValue, weOffer ? "answers" : "offers"]
        if weTrickle { words.append("we trickle") }
        if peer.trickles { words.append("it trickles") }
        if let setup = peer.setup { words.append("setup:\(setup)") }
        if let srtp = peer.srtp { words.append(srtp) }
        return words.joined(separator: ", ")
    }
}

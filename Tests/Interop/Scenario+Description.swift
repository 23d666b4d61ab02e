import Codecs
import Testing

extension InteropCall.Scenario: CustomTestStringConvertible {
    var testDescription: String {
        var words = [engine.rawValue, weOffer ? "answers" : "offers"]
        if room.codec != .vp8 { words.append("\(room.codec)") }
        if weTrickle { words.append("we trickle") }
        if peer.trickles { words.append("it trickles") }
        if let setup = peer.setup { words.append("setup:\(setup)") }
        if let srtp = peer.srtp { words.append(srtp) }
        return words.joined(separator: ", ")
    }
}

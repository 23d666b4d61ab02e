extension JanusService {
    /// What to say when no media come through on the way in. Where relays are the only way, nobody should look for another.
    /// - Parameters:
    ///   - what: what happened.
    ///   - hint: where to look, should media go directly.
    func mediaFailure(_ what: String, hint: String = "") -> String {
        guard settings.relays.isRequired else { return what + hint }
        guard let problem = settings.relays.problem(.publisher) else {
            return "\(what); media go through relays only (ice_policy): does the TURN server reach it?"
        }
        return "\(what); media may go through relays only (ice_policy), and there is none: \(problem)"
    }
}

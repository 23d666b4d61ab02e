import Base
import Janus

/// What is done about the media connections after the way was lost: each has a ladder of its own. It may come by itself,
/// then ICE starts anew, then the connection is made anew; when that helps neither, the session is given up.
///
/// A connection is well when it has been heard since its last step, and has not been told as broken since it was told
/// as connected.
struct Mending {
    enum Step: Hashable {
        /// It may come by itself.
        case waiting
        /// ICE starts anew.
        case restarted
        /// It is made anew, be it that we had the session do so or that the session did it by itself.
        case remade
    }

    enum Action: Hashable {
        case restart(JanusPeer)
        case remake(JanusPeer)
        case giveUp
    }

    /// What is known of one connection.
    struct Condition {
        /// Nil while nothing has been.
        var heardAt: Instant?
        var use: JanusPeerUse
        /// Told as disconnected or failed, and not yet as connected again.
        var isBroken = false
        /// The machine does not have its address any more.
        var isUprooted = false
    }

    private struct Ladder {
        var step = Step.waiting
        /// What came before counts for nothing.
        var since: Instant
        /// Something came on it all the time before the loss, so it is no way that carries nothing.
        var isLively: Bool
    }

    /// Media that are going to come by themselves are there by then.
    private static let mediaPatience = Duration.milliseconds(600)
    private static let restartPatience = Duration.seconds(3)
    private static let remakePatience = Duration.seconds(8)

    private var ladders: [JanusPeer: Ladder] = [:]

    /// - Parameter lively: those on which something came all the time, and that are waited for.
    init(lively: Set<JanusPeer>, at now: Instant) {
        for peer in JanusPeer.both { ladders[peer] = Ladder(since: now, isLively: lively.contains(peer)) }
    }

    /// Nothing of it comes any more, while the rest stands: ICE starts anew.
    init(restarting peer: JanusPeer, at now: Instant) {
        restart(peer, at: now)
    }

    /// Everything is well.
    var isDone: Bool { ladders.isEmpty }

    /// The next step of a connection that fails has been taken elsewhere, or waits.
    mutating func restart(_ peer: JanusPeer, at now: Instant) {
        ladders[peer] = Ladder(step: .restarted, since: now, isLively: true)
    }

    /// The session makes another connection in its place: what was known of the former one counts for nothing. It has the
    /// time that one has, once; a session that begins anew again and again gets no more.
    mutating func madeAnew(_ peer: JanusPeer, at now: Instant) {
        guard let ladder = ladders[peer], ladder.step != .remade else { return }
        ladders[peer] = Ladder(step: .remade, since: now, isLively: true)
    }

    /// Addresses matter: to those that wait for what comes by itself.
    var isWaiting: Bool { ladders.values.contains { $0.step == .waiting } }

    func step(of peer: JanusPeer) -> Step? { ladders[peer]?.step }

    /// Takes what is well from the ladder, and says what else is to be done.
    mutating func look(_ conditions: [JanusPeer: Condition], at now: Instant) -> [Action] {
        var actions: [Action] = []
        for peer in JanusPeer.both {
            guard let condition = conditions[peer], condition.use != .unused else {
                ladders[peer] = nil
                continue
            }
            if condition.use == .making { madeAnew(peer, at: now) }
            guard let ladder = ladders[peer] else { continue }
            if isWell(ladder, condition) {
                ladders[peer] = nil
            } else if let action = climb(peer, ladder, condition, at: now) {
                actions.append(action)
            }
        }
        return actions.contains(.giveUp) ? [.giveUp] : actions
    }

    private func isWell(_ ladder: Ladder, _ condition: Condition) -> Bool {
        guard !condition.isBroken, condition.use == .standing else { return false }
        if let heardAt = condition.heardAt, heardAt > ladder.since { return true }
        // What carries nothing is not waited for; ICE finds out by and by.
        return ladder.step == .waiting && !condition.isUprooted && (!ladder.isLively || condition.heardAt == nil)
    }

    private mutating func climb(
        _ peer: JanusPeer, _ ladder: Ladder, _ condition: Condition, at now: Instant
    ) -> Action? {
        let elapsed = now - ladder.since
        switch ladder.step {
        case .waiting:
            guard condition.isBroken || condition.isUprooted || elapsed >= Self.mediaPatience else { return nil }
            restart(peer, at: now)
            return .restart(peer)
        case .restarted:
            guard elapsed >= Self.restartPatience else { return nil }
            madeAnew(peer, at: now)
            return .remake(peer)
        case .remade: return elapsed >= Self.remakePatience ? .giveUp : nil
        }
    }
}

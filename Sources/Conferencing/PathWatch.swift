import Base
import Janus

/// Notices that the way to a meeting's server carries nothing any more, long before its connections would say so.
///
/// While we send, the SFU reports on it several times a second, so silence of the media tells much; but who sends and
/// receives nothing hears nothing for seconds on the best of ways. So only a connection counts on which something came
/// often, and only while nothing has been heard on the WebSocket after it fell silent either. The WebSocket answers a
/// ping every other second; but TCP may take seconds to get over a short loss. Both together are certain soon, the
/// WebSocket alone later.
struct PathWatch {
    /// When each was heard last.
    struct Signs {
        var socket: Instant
        /// Of those connections that there are.
        var media: [JanusPeer: Instant]
    }

    /// How often something comes on a connection.
    private struct Rhythm {
        var heardAt: Instant
        /// The longest gap of the present span, and of the one before it in which anything came.
        var gap: Duration?
        var earlierGap: Duration?
        var spanEnds: Instant

        init(_ heardAt: Instant, at now: Instant) {
            self.heardAt = heardAt
            spanEnds = now + PathWatch.span
        }

        /// Nil as long as it is not known.
        var usual: Duration? { earlierGap.map { max($0, gap ?? .zero) } }

        mutating func note(_ heardAt: Instant, at now: Instant) {
            if heardAt > self.heardAt {
                gap = max(gap ?? .zero, heardAt - self.heardAt)
                self.heardAt = heardAt
            }
            guard now >= spanEnds else { return }
            spanEnds = now + PathWatch.span
            // A silence that lasts is no rhythm; a short one may be that of the way.
            earlierGap = now - self.heardAt >= PathWatch.socketSilence ? nil : gap ?? earlierGap
            gap = nil
        }
    }

    /// No datagram at all, on a connection on which they come often.
    private static let mediaSilence = Duration.seconds(2)
    /// Where something comes less often than every so many of them, silence tells nothing.
    private static let gapsOfSilence = 4
    private static let lively = Duration.milliseconds(1250)
    /// An answer to a ping is overdue.
    private static let socketDoubt = Duration.milliseconds(2500)
    /// Several are.
    private static let socketSilence = Duration.seconds(5)
    private static let span = Duration.seconds(3)
    /// After which something must have been lost.
    private static let hole = Duration.milliseconds(400)

    private var rhythms: [JanusPeer: Rhythm] = [:]

    /// Takes in what was heard; call it several times a second while the way is there.
    /// - Returns: whether something came again after a time in which something was lost.
    mutating func note(_ signs: Signs, at now: Instant) -> Bool {
        let lively = rhythms.filter { isLively($0.key) }.values
        let last = lively.map(\.heardAt).max()
        let usual = lively.compactMap(\.usual).min() ?? .zero
        rhythms = rhythms.filter { signs.media[$0.key] != nil }
        for (peer, heardAt) in signs.media {
            if rhythms[peer].map({ heardAt < $0.heardAt }) ?? true { rhythms[peer] = Rhythm(heardAt, at: now) }
            rhythms[peer]?.note(heardAt, at: now)
        }
        guard let last, let latest = signs.media.values.max() else { return false }
        return latest - last >= max(Self.hole, usual * 2)
    }

    /// The way is back after a loss, which says nothing about what is usual.
    mutating func resume(_ media: [JanusPeer: Instant]) {
        rhythms = rhythms.filter { media[$0.key] != nil }
        for (peer, heardAt) in media { rhythms[peer]?.heardAt = heardAt }
    }

    /// Whether something came often on it, the last time that anything came.
    func isLively(_ peer: JanusPeer) -> Bool {
        rhythms[peer]?.usual.map { $0 <= Self.lively } ?? false
    }

    /// Whether something that should have come long ago has not, so that it pays to look more often.
    func isInDoubt(at now: Instant) -> Bool {
        rhythms.contains { isLively($0.key) && now - $0.value.heardAt >= Self.hole }
    }

    func isSilent(_ signs: Signs, at now: Instant) -> Bool {
        let quiet = now - signs.socket
        if quiet >= Self.socketSilence { return true }
        guard quiet >= Self.socketDoubt, let last = signs.media.values.max(), now - last >= Self.mediaSilence else {
            return false
        }
        return rhythms.contains { _, rhythm in
            guard let usual = rhythm.usual, usual <= Self.lively else { return false }
            // A way that ends, ends for both; media may end by themselves, and the WebSocket is heard after them.
            let hasEndedAlone = signs.socket > rhythm.heardAt + usual
            return !hasEndedAlone && now - rhythm.heardAt >= max(Self.mediaSilence, usual * Self.gapsOfSilence)
        }
    }
}

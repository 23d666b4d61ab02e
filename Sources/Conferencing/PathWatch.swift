import Base

/// Notices that the way to a meeting's server carries nothing any more, long before its connections would say so.
///
/// While we send, the SFU reports on it several times a second, so silence of the media tells much; but who sends nothing
/// hears nothing. The WebSocket answers a ping every other second; but TCP may take seconds to get over a short loss.
/// Both together are certain soon, the WebSocket alone later.
struct PathWatch {
    /// When each was heard last.
    struct Signs {
        var socket: Instant
        /// Nil without media connections.
        var media: Instant?
    }

    /// No datagram at all.
    private static let mediaSilence = Duration.seconds(2)
    /// An answer to a ping is overdue.
    private static let socketDoubt = Duration.milliseconds(2500)
    /// Several are.
    private static let socketSilence = Duration.seconds(5)

    static func isSilent(_ signs: Signs, at now: Instant) -> Bool {
        let socket = now - signs.socket
        if socket >= socketSilence { return true }
        guard let media = signs.media else { return false }
        return now - media >= mediaSilence && socket >= socketDoubt
    }
}

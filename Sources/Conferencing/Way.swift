import Base

/// How WebSocket and media of a joined service stand.
enum Way {
    /// Has the session its WebSocket again, its media are waited for.
    struct Mending {
        enum Step {
            /// They may come by themselves.
            case waiting(since: Instant)
            /// ICE starts anew.
            case restarted(at: Instant)
            /// New connections are made.
            case remade(at: Instant)
        }

        var step: Step

        /// What came before counts for nothing.
        var since: Instant {
            switch step {
            case .waiting(let since), .restarted(let since), .remade(let since): since
            }
        }
    }

    case standing
    /// Nothing comes any more. The silent WebSocket is kept, since Janus would end the session with it; another is on
    /// its way.
    case interrupted(since: Instant, SocketReturn, Task<Void, Never>)
    /// Another WebSocket is there and claims the session.
    case claiming
    case mending(Mending)
}

import Base

/// How WebSocket and media of a joined service stand.
enum Way {
    case standing
    /// Nothing comes any more. The silent WebSocket is kept, since Janus would end the session with it; another is on
    /// its way.
    case interrupted(since: Instant, SocketReturn, Task<Void, Never>)
    /// Another WebSocket is there and claims the session.
    case claiming
    /// The session has its WebSocket again, and its media are looked after.
    case mending(Mending)
}

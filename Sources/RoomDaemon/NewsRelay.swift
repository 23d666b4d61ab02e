import Synchronization

/// What devices tell before there is anybody to listen is kept until then; of a flood only the latest.
final class NewsRelay<News: Sendable>: Sendable {
    private struct State: Sendable {
        var listener: (@Sendable (News) -> Void)?
        var kept: [News] = []
    }

    private let state = Mutex(State())

    func tell(_ news: News) {
        let listener = state.withLock { state -> (@Sendable (News) -> Void)? in
            if state.listener == nil { state.kept = state.kept.suffix(63) + [news] }
            return state.listener
        }
        listener?(news)
    }

    /// Hears what was told already, and from then on everything. Once.
    func listen(_ listener: @escaping @Sendable (News) -> Void) {
        let kept = state.withLock { state in
            defer {
                state.kept = []
                state.listener = listener
            }
            return state.kept
        }
        for news in kept { listener(news) }
    }
}

import Synchronization

/// The streams that the audio thread plays, changed by the control plane without ever making the audio thread wait or
/// free memory: it looks for a new list only when it can have it at once, and a list it may still use is kept alive.
final class StreamSet: Sendable {
    private struct Lists: @unchecked Sendable {
        var current: [PlayoutStream] = []
        var version = 0
        /// Older lists, with the version that replaced each.
        var retired: [(list: [PlayoutStream], until: Int)] = []
    }

    private let lists = Mutex(Lists())
    private let seenVersion = Atomic<Int>(0)

    /// For the control plane.
    func change(_ body: (inout [PlayoutStream]) -> Void) {
        lists.withLock { lists in
            let old = lists.current
            body(&lists.current)
            lists.version += 1
            lists.retired.append((old, lists.version))
            let seen = seenVersion.load(ordering: .acquiring)
            lists.retired.removeAll { $0.until <= seen }
        }
    }

    /// For the control plane: what is played now.
    var streams: [PlayoutStream] { lists.withLock { $0.current } }

    /// For the audio thread: brings its list up to date when that is possible without waiting. Real-time safe.
    func refresh(_ list: inout [PlayoutStream], version: inout Int) {
        _ = lists.withLockIfAvailable { lists in
            guard lists.version != version else { return }
            list = lists.current
            version = lists.version
        }
        seenVersion.store(version, ordering: .releasing)
    }
}

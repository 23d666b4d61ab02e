import Base
import Dispatch
import Synchronization

/// Resolves the mDNS names of peers' candidates, off the media thread. A few at a time: they come from outside, and a name
/// that nobody answers to holds a thread for as long as the resolver likes.
final class PeerNames: Sendable {
    /// Blocks. Nothing when the name is not known.
    typealias Query = @Sendable (String) -> [IPAddress]

    /// Lookups at a time; who asks for more hears that the name is not known.
    static let limit = 8

    private let query: Query
    private let patience: Duration
    private let running = Atomic<Int>(0)

    /// - Parameter patience: after which a name counts as not known.
    init(patience: Duration = .seconds(5), query: @escaping Query = NameService.addresses) {
        self.patience = patience
        self.query = query
    }

    /// - Parameter answer: called once, on any thread.
    func resolve(_ name: String, _ answer: @escaping @Sendable ([IPAddress]) -> Void) {
        guard running.add(1, ordering: .relaxed).newValue <= Self.limit else {
            running.subtract(1, ordering: .relaxed)
            return answer([])
        }
        let once = Once(answer)
        DispatchQueue(label: "peer name").async { [self] in
            let addresses = query(name)
            running.subtract(1, ordering: .relaxed)
            once.give(addresses)
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + patience.inSeconds) { once.give([]) }
    }

    private final class Once: Sendable {
        private let answer: Mutex<(@Sendable ([IPAddress]) -> Void)?>

        init(_ answer: @escaping @Sendable ([IPAddress]) -> Void) {
            self.answer = Mutex(answer)
        }

        func give(_ addresses: [IPAddress]) {
            let answer = answer.withLock { answer in
                defer { answer = nil }
                return answer
            }
            answer?(addresses)
        }
    }
}

import NIOCore
import Synchronization

/// The way onto the event loop for other threads; closed before the loop ends, so that a late answer goes nowhere
/// instead of into a dead loop.
final class LoopGate: Sendable {
    private enum Way {
        case loop(any EventLoop)
        /// For tests of what is behind no loop.
        case straight
        case closed
    }

    static let straight = LoopGate(.straight)
    private let way: Mutex<Way>

    convenience init(_ loop: any EventLoop) {
        self.init(.loop(loop))
    }

    private init(_ way: Way) {
        self.way = Mutex(way)
    }

    func execute(_ task: @escaping @Sendable () -> Void) {
        let runsHere = way.withLock { way in
            switch way {
            case .loop(let loop):
                // With the lock held, so that nothing is given to a loop that has ended.
                loop.execute(task)
                return false
            case .straight: return true
            case .closed: return false
            }
        }
        if runsHere { task() }
    }

    func close() {
        way.withLock { $0 = .closed }
    }
}

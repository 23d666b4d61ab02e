import NIOCore
import Synchronization

/// The way onto the event loop for other threads; closed before the loop ends, so that a late answer goes nowhere
/// instead of into a dead loop.
final class LoopGate: Sendable {
    private let loop: Mutex<(any EventLoop)?>

    init(_ loop: any EventLoop) {
        self.loop = Mutex(loop)
    }

    func execute(_ task: @escaping @Sendable () -> Void) {
        loop.withLock { $0?.execute(task) }
    }

    func close() {
        loop.withLock { $0 = nil }
    }
}

import Media
import Synchronization

/// Closures on their way to the media thread. They come from the control plane, a few a second.
final class CommandQueue: Sendable {
    typealias Command = @Sendable (MediaLoop) -> Void

    private struct Content {
        var pending: [Command] = []
        var isOpen = false
    }

    /// Signalled for commands and for media handed over.
    let wake = EventSignal()
    private let content = Mutex(Content())

    /// Accepts commands from now on.
    func open() {
        content.withLock { $0.isOpen = true }
    }

    /// - Returns: false when the thread does not run or is about to end; the command is then dropped.
    func post(_ command: @escaping Command) -> Bool {
        let accepted = content.withLock { content in
            guard content.isOpen else { return false }
            content.pending.append(command)
            return true
        }
        if accepted { wake.signal() }
        return accepted
    }

    /// Refuses further commands and wakes the thread, which then ends.
    func close() {
        content.withLock { $0.isOpen = false }
        wake.signal()
    }

    /// All commands so far, and whether there may be more.
    func take() -> (commands: [Command], isOpen: Bool) {
        content.withLock { content in
            let commands = content.pending
            content.pending = []
            return (commands, content.isOpen)
        }
    }
}

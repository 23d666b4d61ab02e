public import Base

/// One place for the latest message: a newer one replaces an older that nobody has taken.
///
/// For what goes stale, such as the picture to show next. Any number of writers and readers.
public final class Mailbox<Message: Sendable>: Sendable {
    private struct Content {
        var message: Message?
        var dropped: UInt64 = 0
        var isClosed = false
    }

    private let content = Monitor(Content())

    public init() {}

    /// Messages that were replaced before anybody took them.
    public var dropped: UInt64 { content.withLock { $0.dropped } }

    /// Leaves a message. After `close` it is discarded.
    public func put(_ message: Message) {
        // The replaced message is let go only after the lock.
        let replaced: Message? = content.update { content in
            guard !content.isClosed else { return nil }
            let replaced = content.message
            if replaced != nil { content.dropped += 1 }
            content.message = message
            return replaced
        }
        _ = replaced
    }

    /// The message, if there is one.
    public func take() -> Message? {
        content.withLock { $0.message.take() }
    }

    /// Waits for a message.
    /// - Returns: nil at the deadline, or at once when the mailbox is closed.
    public func take(until deadline: Instant) -> Message? {
        let taken: Message?? = content.wait(until: deadline) { content in
            if let message = content.message.take() { return .some(message) }
            return content.isClosed ? .some(nil) : nil
        }
        return taken ?? nil
    }

    /// Ends every wait; what is inside is discarded.
    public func close() {
        _ = content.update { content in
            content.isClosed = true
            return content.message.take()
        }
    }
}

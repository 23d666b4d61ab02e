import Base
import Synchronization

/// Asks one source and waits for so long only: a file on a network that is gone may hold up who reads it for ever, and
/// nothing can call it back. While it hangs it is not asked again.
final class PatientSource: Sendable {
    typealias Answer = Result<CalendarDocument, CalendarError>

    private struct State: Sendable {
        var isAsking = false
        /// Who waits for the question under way.
        var waiting: AsyncStream<Answer>.Continuation?
        /// Came when nobody waited any more: it counts the next time.
        var late: Answer?
    }

    let name: String
    private let source: any CalendarSource
    private let patience: Duration
    private let slowAfter: Duration
    private let onSlow: @Sendable () -> Void
    private let state = Mutex(State())

    /// - Parameter onSlow: called when an answer takes longer than `slowAfter`, and has time yet.
    init(
        _ source: any CalendarSource, patience: Duration, slowAfter: Duration, onSlow: @escaping @Sendable () -> Void
    ) {
        self.source = source
        self.patience = patience
        self.slowAfter = slowAfter
        self.onSlow = onSlow
        name = source.name
    }

    /// Ends at once when the task is cancelled. For one caller at a time.
    func document() async -> Answer {
        let (answers, continuation) = AsyncStream<Answer>.makeStream(bufferingPolicy: .bufferingOldest(1))
        let (late, isHanging) = state.withLock { state in
            defer { state.late = nil }
            guard state.late == nil, !state.isAsking else { return (state.late, state.isAsking) }
            state.isAsking = true
            state.waiting = continuation
            return (nil, false)
        }
        if let late { return late }
        guard !isHanging else { return .failure(Self.noAnswer) }
        // Not a child: nobody waits for its end.
        Task { [self] in take(await Self.ask(source)) }
        let timer = Task { [patience, slowAfter, onSlow] in
            var rest = patience
            if slowAfter < patience {
                guard (try? await Task.sleep(for: slowAfter)) != nil else { return }
                onSlow()
                rest -= slowAfter
            }
            guard (try? await Task.sleep(for: rest)) != nil else { return }
            continuation.finish()
        }
        defer { timer.cancel() }
        var iterator = answers.makeAsyncIterator()
        if let answer = await iterator.next() { return answer }
        return state.withLock { state in
            defer {
                state.waiting = nil
                state.late = nil
            }
            return state.late ?? .failure(Self.noAnswer)
        }
    }

    private func take(_ answer: Answer) {
        state.withLock { state in
            state.isAsking = false
            if case .enqueued? = state.waiting?.yield(answer) {
                state.waiting?.finish()
            } else {
                state.late = answer
            }
            state.waiting = nil
        }
    }

    /// Apart from the task's closure on purpose: with the `do throws` inside it, Swift 6.3.1 in release builds hands back
    /// values that it has forgotten across the `await`.
    private static func ask(_ source: any CalendarSource) async -> Answer {
        do throws(CalendarError) {
            return .success(try await source.document())
        } catch {
            return .failure(error)
        }
    }

    private static let noAnswer = CalendarError.unreadable("it does not answer")
}

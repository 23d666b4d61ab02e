import Base
import Digests
import Media
import Meeting
import Signaling
import Synchronization

/// Connects to a server that may be away: a new attempt every second or two beside those under way, and the first that
/// opens wins. A lost SYN is repeated ever more slowly by TCP; a new attempt is not. A server that refuses is tried ever
/// more seldom.
final class SocketReturn: Sendable {
    typealias Opener = @Sendable () async -> Result<WebSocketClient, SignalingError>

    private enum Outcome: Sendable {
        case attempt(Result<WebSocketClient, SignalingError>)
        case pause
    }

    private let open: Opener
    private let pause = Mutex<Task<Void, Never>?>(nil)
    private let pacing: Mutex<SocketPacing>

    convenience init(_ url: String, _ options: WebSocketOptions) {
        self.init(seed: SecureRandom.seed()) { await Self.attempt(url, options) }
    }

    init(seed: UInt64, open: @escaping Opener) {
        self.open = open
        pacing = Mutex(SocketPacing(random: SeededRandom(seed: seed)))
    }

    /// The network has changed: the next attempt is made at once.
    func hurry() {
        pacing.withLock { $0.reset() }
        pause.withLock { $0?.cancel() }
    }

    /// - Parameters:
    ///   - patience: how long attempts are begun for.
    ///   - endsWhenRefused: the first refusal is returned, and the caller paces what comes after it.
    /// - Returns: the last failure when none has opened; `cancelled` when the task was cancelled.
    func connect(
        patience: Duration, endsWhenRefused: Bool = false
    ) async -> Result<WebSocketClient, SignalingError> {
        let end = MonotonicClock.now + patience
        let open = open
        return await withTaskGroup(of: Outcome.self) { group in
            var failure = SignalingError.timeout("no connection in \(patience)")
            group.addTask { .attempt(await open()) }
            group.addTask { await self.wait() }
            while let outcome = await group.next() {
                switch outcome {
                case .attempt(.success(let socket)):
                    group.cancelAll()
                    return .success(socket)
                case .attempt(.failure(let error)):
                    failure = error
                    if endsWhenRefused, error.isRefusal {
                        group.cancelAll()
                        return .failure(error)
                    }
                    pacing.withLock { $0.failed(error, at: MonotonicClock.now) }
                case .pause:
                    guard !Task.isCancelled, MonotonicClock.now < end else {
                        group.cancelAll()
                        continue
                    }
                    if pacing.withLock({ $0.mayTry(at: MonotonicClock.now) }) {
                        group.addTask { .attempt(await open()) }
                    }
                    group.addTask { await self.wait() }
                }
            }
            return .failure(Task.isCancelled ? .cancelled : failure)
        }
    }

    private func wait() async -> Outcome {
        let interval = pacing.withLock { $0.pause(at: MonotonicClock.now) }
        let sleep = Task { _ = try? await Task.sleep(for: interval) }
        pause.withLock { $0 = sleep }
        await withTaskCancellationHandler {
            await sleep.value
        } onCancel: {
            sleep.cancel()
        }
        return .pause
    }

    private static func attempt(
        _ url: String, _ options: WebSocketOptions
    ) async -> Result<WebSocketClient, SignalingError> {
        do throws(SignalingError) {
            return .success(try await WebSocketClient.connect(to: url, options))
        } catch {
            return .failure(error)
        }
    }
}

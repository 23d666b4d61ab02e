import Media
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct ThreadStartTests {
    private struct NoThread: Error {}

    @Test func aStartThatFailsLeavesNobodyWaiting() async throws {
        let thread = MediaThread(options: SocketOptions()) { _ in throw NoThread() }
        #expect(throws: NoThread.self) { try thread.start() }
        await #expect(throws: TransportError.self) { _ = try await thread.statistics() }
        thread.stop()
    }

    /// Posted between the opening of the queue and the failure: nobody else would ever come for it.
    @Test func whatWasPostedToALoopThatEndsIsAnswered() throws {
        let queue = CommandQueue()
        let loop = try MediaLoop(queue: queue, options: SocketOptions(), seed: 1)
        queue.open()
        let answers = Answers()
        let isAccepted = queue.post { _ in answers.count += 1 }
        #expect(isAccepted)
        queue.close()
        loop.run()
        #expect(answers.count == 1)
    }

    private final class Answers: @unchecked Sendable {
        var count = 0
    }
}

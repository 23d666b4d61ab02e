import Meeting

@testable import Conferencing

/// A connection that does what its test says, when it says so.
actor FakeService: ConferenceService {
    nonisolated let outputs: AsyncStream<ServiceOutput>
    nonisolated let output: AsyncStream<ServiceOutput>.Continuation
    let remains = FormerStay(roster: Roster())
    private(set) var leaves = 0
    /// In the order in which they were done.
    private(set) var commands: [ServiceCommand] = []
    private var whileJoining: @Sendable () async -> Void = {}
    private var whilePerforming: @Sendable (ServiceCommand) async -> Void = { _ in }
    private var isClosed = false
    private var leaving: [CheckedContinuation<Void, Never>] = []

    /// How joins end; nil: they succeed.
    private let failure: JoinFailure?

    init(failing failure: JoinFailure? = nil) {
        self.failure = failure
        (outputs, output) = AsyncStream.makeStream()
    }

    /// What else happens before a join or a command is done.
    func meanwhile(
        joining: @escaping @Sendable () async -> Void, performing: @escaping @Sendable (ServiceCommand) async -> Void
    ) {
        whileJoining = joining
        whilePerforming = performing
    }

    func join() async throws(JoinFailure) -> ServiceRoom {
        await whileJoining()
        if let failure { throw failure }
        return ServiceRoom(
            room: "1", selfID: ParticipantID("77"), title: nil, isHost: false, isSecretRefused: false, isFirst: true,
            capabilities: Capabilities())
    }

    func perform(_ command: ServiceCommand) async throws(MeetingError) {
        await whilePerforming(command)
        commands.append(command)
    }

    func networkChanged() {}

    /// Returns when the test has called `close`.
    func leave() async {
        leaves += 1
        guard !isClosed else { return }
        await withCheckedContinuation { leaving.append($0) }
    }

    /// Everything is let go of.
    func close() {
        isClosed = true
        output.finish()
        for continuation in leaving { continuation.resume() }
        leaving = []
    }
}

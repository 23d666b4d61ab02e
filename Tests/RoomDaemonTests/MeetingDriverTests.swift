import Conferencing
import Logging
import Meeting
import Room
import Testing

@testable import RoomDaemon

/// Whatever order joins, leaves and the conference's answers come in, the room is where the policy believes it is.
@Suite(.timeLimit(.minutes(1))) struct MeetingDriverTests {
    private let engine = FakeMeetingEngine()
    private let driver: MeetingDriver
    private let posts: AsyncStream<String>
    private let first = MeetingGeneration(1)
    private let second = MeetingGeneration(2)

    init() {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let (posts, post) = AsyncStream.makeStream(of: String.self)
        self.posts = posts
        driver = MeetingDriver(
            conference: engine, services: [], hasMicrophone: true, hasCamera: true, logger: logger
        ) { input in
            let text: String? =
                switch input {
                case .joined(let generation, _): "joined \(generation.number)"
                case .joinFailed(let generation, let error, let detail):
                    "failed \(generation.number) \(error.reason) \(detail ?? "-")"
                case .left(let generation): "left \(generation.number)"
                case .meeting(let generation, let event): "\(generation.number): \(event)"
                default: nil
                }
            if let text { post.yield(text) }
        }
    }

    private func request() throws -> JoinRequest {
        JoinRequest(
            target: .address(try MeetingAddress("janus+ws://example.org/?room=1")), passcode: nil, displayName: "x",
            microphone: true, camera: true)
    }

    private func told(_ count: Int) async -> [String] {
        var all: [String] = []
        guard count > 0 else { return all }
        for await text in posts {
            all.append(text)
            if all.count == count { break }
        }
        return all
    }

    @Test func aLeaveRightBehindAJoinLeavesNobodyInAMeeting() async throws {
        await engine.answerAtOnce()
        for number in UInt64(1)...200 {
            let generation = MeetingGeneration(number)
            driver.join(generation, try request())
            driver.leave(generation)
            // Whether the join was still quicker or not.
            let told = await told(2)
            #expect(told[0] == "joined \(number)" || told[0] == "failed \(number) cancelled -")
            #expect(told[1] == "left \(number)")
            #expect(await !engine.isPresent)
        }
    }

    @Test func aJoinThatGoesThroughAfterTheLeaveIsLeftAgain() async throws {
        driver.join(first, try request())
        await engine.waitForJoin()
        driver.leave(first)
        driver.join(second, try request())
        await engine.answerJoin()
        await engine.answerJoin()
        #expect(await told(3) == ["failed 1 cancelled -", "left 1", "joined 2"])
        #expect(await engine.leaves == 1)
        #expect(await engine.isPresent)
    }

    @Test func whatIsToldOfOneMeetingIsNotTakenForTheNext() async throws {
        driver.join(first, try request())
        await engine.answerJoin()
        #expect(await told(1) == ["joined 1"])
        driver.leave(first)
        driver.join(second, try request())
        await engine.waitForJoin()
        #expect(await told(1) == ["left 1"])
        // Late news of the first, early news of the second.
        driver.take(ConferenceEvent(stay: StayID(1), event: .left(.ended)))
        driver.take(ConferenceEvent(stay: StayID(2), event: .joined(first: true)))
        await engine.answerJoin()
        #expect(await told(2) == ["joined 2", "2: joined(first: true)"])
        driver.take(ConferenceEvent(stay: StayID(1), event: .left(.ended)))
        driver.take(ConferenceEvent(stay: StayID(2), event: .reconnecting))
        #expect(await told(1) == ["2: reconnecting"])
    }

    @Test func passesOnTheServicesWords() async throws {
        driver.join(first, try request())
        await engine.answerJoin(JoinFailure(.rejectedByService, detail: "Janus error 499: what"))
        #expect(await told(1) == ["failed 1 rejected_by_service Janus error 499: what"])
    }

    @Test func leavesOnlyTheStayThatIsMeant() async throws {
        driver.join(second, try request())
        await engine.answerJoin()
        driver.leave(first)
        #expect(await told(2) == ["joined 2", "left 1"])
        #expect(await engine.leaves == 0)
    }
}

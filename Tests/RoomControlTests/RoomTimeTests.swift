import Base
import ControlAPI
import Glibc
import JSON
import Testing

@testable import RoomControl

/// The time zone is a property of the whole process: each test has one of its own.
@Suite struct RoomTimeTests {
    /// What a command prints when the daemon says this.
    private static func output(of line: String, answers: [JSONValue]) throws -> String? {
        let command = try #require(
            RoomControl.command(for: line.split(separator: " ").map(String.init)) as? any RoomCommand)
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { close(ends[1]) }
        // The answers wait in the socket before they are asked for: no second thread is needed.
        for (number, answer) in answers.enumerated() {
            var members: [String: JSONValue] = ["jsonrpc": "2.0", "id": .integer(Int64(number + 1))]
            if answer["code"] == nil { members["result"] = answer } else { members["error"] = answer }
            let bytes = JSONValue.object(members).serialized() + [0x0A]
            try #require(write(ends[1], bytes, bytes.count) == bytes.count)
        }
        // What is asked beyond the answers is asked of a daemon that has gone.
        shutdown(ends[1], Int32(SHUT_WR))
        var connection = ControlConnection(descriptor: ends[0])
        return try command.answer(to: command.request(), over: &connection, columns: nil).text
    }

    private static let events: JSONValue = [
        "events": [
            [
                "id": "e1", "title": "Before", "start": "2026-03-28T09:00:00.000Z", "end": "2026-03-28T10:00:00.000Z",
                "state": "upcoming", "why": ["code": "c", "text": "Because."],
            ],
            [
                "id": "e2", "title": "After", "start": "2026-03-29T09:00:00.000Z", "end": "2026-03-30T09:30:00.000Z",
                "state": "upcoming", "why": ["code": "c", "text": "Because."],
            ],
        ]
    ]

    @Test func timesAreThoseOfTheRoom() async {
        await #expect(processExitsWith: .success) {
            setenv("TZ", "America/New_York", 1)
            let text = try RoomTimeTests.output(of: "schedule", answers: [RoomTimeTests.events, "Europe/Berlin"])
            #expect(
                text == """
                    WHEN                                           TITLE   STATE     WHY       ID
                    Sat 28 Mar 10:00–11:00 CET                     Before  upcoming  Because.  e1
                    Sun 29 Mar 11:00 CEST – Mon 30 Mar 11:30 CEST  After   upcoming  Because.  e2
                    """)
        }
    }

    @Test func withoutTheRoomsZoneTheMachinesIsNamed() async {
        await #expect(processExitsWith: .success) {
            setenv("TZ", "America/New_York", 1)
            let answers: [JSONValue] = [
                .null, "", "Mars/Olympus", "../../../etc/localtime", "/etc/localtime",
                ["code": -32602, "message": "No."],
            ]
            for zone in answers {
                let text = try RoomTimeTests.output(of: "schedule", answers: [RoomTimeTests.events, zone])
                #expect(text?.contains("WHEN (this machine's time)") == true, "\(zone)")
                #expect(text?.contains("Sat 28 Mar 05:00–06:00 EDT") == true, "\(zone)")
            }
        }
    }

    @Test func theStatusTellsTheZoneItself() async {
        await #expect(processExitsWith: .success) {
            setenv("TZ", "America/New_York", 1)
            var status = RoomState(
                room: .init(name: "Boardroom", timezone: "Europe/Berlin"),
                system: .init(version: "0", started: UTCTime(seconds: 0), pid: 1))
            let problem = RoomState.Health.Problem(code: "c", text: "Bad.", since: UTCTime(seconds: 0))
            status.health = .init(status: .degraded, problems: [problem])
            let text = try RoomTimeTests.output(of: "status", answers: [status.json])
            #expect(text?.contains("since Thu 1 Jan 01:00 CET") == true, "\(text ?? "")")
        }
    }

    @Test func aConnectionThatIsLostIsNoQuestionOfTheZone() {
        #expect(throws: CommandFailure.noDaemon("The daemon closed the connection.")) {
            try Self.output(of: "schedule", answers: [Self.events])
        }
    }

    @Test func zonesWithoutLettersAreDistancesFromUTC() async {
        await #expect(processExitsWith: .success) {
            let text = try RoomTimeTests.output(of: "schedule", answers: [RoomTimeTests.events, "America/Sao_Paulo"])
            #expect(text?.contains("Sat 28 Mar 06:00–07:00 UTC-03") == true)
        }
    }

    @Test func jsonIsTheAnswerAsItCame() throws {
        #expect(try Self.output(of: "schedule --json", answers: [["events": []]]) == #"{"events":[]}"#)
    }

    @Test func whatCannotBeTheDatabasesNameIsNone() {
        for name in ["Europe/Berlin", "Etc/GMT+5", "America/Port-au-Prince", "UTC"] { #expect(LocalTime.isName(name)) }
        for name in ["", "/etc/localtime", "../x", ":x", "a b", "é"] { #expect(!LocalTime.isName(name)) }
    }
}

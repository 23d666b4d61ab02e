import Base
import Scheduling
import Testing

@Suite struct PlannerTests {
    @Test func joinsByItselfAndLeavesWhenAlonePastTheEnd() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:00"))
        room.advance(to: at("09:58:59"))
        #expect(room.log.isEmpty)
        #expect(room.state("a") == .upcoming)
        room.advance(to: at("09:59:05"))
        #expect(room.state("a") == .countdown)
        room.advance(to: at("10:30"))
        #expect(room.state("a") == .joined)
        room.advance(to: at("12:00"))
        #expect(room.story == ["countdown a 09:59:00", "join a 09:59:10", "leave a 11:05:00"])
        #expect(room.state("a") == .done)
        #expect(room.log.last?.why.code == "leave.alone")
    }

    @Test func leavesAfterTheOverstayAlthoughPeopleStay() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:00"))
        room.peopleStay = true
        room.advance(to: at("12:00"))
        #expect(room.story.last == "leave a 11:10:00")
        #expect(room.log.last?.why.code == "leave.overstay")
    }

    @Test func somebodyReturningStopsTheAloneTimer() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:00"))
        room.peopleStay = true
        room.advance(to: at("11:01"))
        room.tell(.alone(true))
        room.advance(to: at("11:04"))
        room.tell(.alone(false))
        room.advance(to: at("11:09"))
        #expect(room.meeting == "a")
    }

    @Test func beingAloneBeforeTheEndIsNoReasonToLeave() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:00"))
        room.advance(to: at("10:01"))
        room.tell(.alone(true))
        room.advance(to: at("11:04:59"))
        #expect(room.meeting == "a")
        room.advance(to: at("11:05"))
        #expect(room.meeting == nil)
    }

    @Test func joinsAMeetingThatIsAlreadyRunningUntilItIsTooLate() {
        var early = RoomDriver([meeting("a", "10:00", "11:00")], at: at("10:14:50"))
        early.advance(to: at("10:16"))
        #expect(early.story == ["countdown a 10:14:50", "join a 10:15:00"])

        var late = RoomDriver([meeting("a", "10:00", "11:00")], at: at("10:15:01"))
        late.advance(to: at("10:16"))
        #expect(late.story == ["skip a 10:15:01"])
        #expect(late.state("a") == .missed)
        #expect(late.why("a")?.code == "missed.late")
    }

    @Test func aCountdownThatBeganInTimeIsSeenThrough() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("10:14:59"))
        room.advance(to: at("10:16"))
        #expect(room.story == ["countdown a 10:14:59", "join a 10:15:09"])
    }

    @Test func noCountdownBeginsThatWouldEndAfterTheMeeting() {
        var room = RoomDriver([meeting("a", "10:00", "10:05")], at: at("10:04:55"))
        room.advance(to: at("10:16"))
        #expect(room.story == ["skip a 10:04:55"])
        #expect(room.state("a") == .missed)
    }

    @Test func withoutCountdownItJoinsAtOnce() {
        var room = RoomDriver(
            [meeting("a", "10:00", "10:30"), meeting("b", "10:30", "11:00")], policy: JoinPolicy(countdown: .zero),
            at: at("09:00"))
        room.advance(to: at("12:00"))
        #expect(room.story == ["join a 09:59:00", "handover b 10:30:00", "leave b 11:05:00"])
    }

    @Test func dismissingStopsTheCountdownAndStaysSo() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:59:05"))
        #expect(room.state("a") == .countdown)
        room.tell(.dismissed(event: "a"))
        room.advance(to: at("12:00"))
        #expect(room.story == ["countdown a 09:59:05", "skip a 09:59:05"])
        #expect(room.state("a") == .dismissed)
    }

    @Test func leftOnPurposeIsNeverJoinedAgain() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:00"))
        room.advance(to: at("10:05"))
        room.tell(.left(.onPurpose))
        room.advance(to: at("12:00"))
        #expect(room.story == ["countdown a 09:59:00", "join a 09:59:10"])
        #expect(room.state("a") == .done)
        #expect(room.why("a")?.code == "left.purpose")
    }

    @Test func endedByTheHostIsNotJoinedAgain() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:00"))
        room.advance(to: at("10:05"))
        room.tell(.left(.ended))
        room.advance(to: at("12:00"))
        #expect(room.story == ["countdown a 09:59:00", "join a 09:59:10"])
        #expect(room.why("a")?.code == "left.ended")
    }

    @Test func anEntryWithoutLengthIsAMeetingToo() {
        var room = RoomDriver([meeting("a", "10:00", "10:00")], at: at("09:00"))
        room.advance(to: at("09:59:30"))
        #expect(room.meeting == "a")
        room.tell(.left(.onPurpose))
        room.advance(to: at("11:00"))
        #expect(room.story == ["countdown a 09:59:00", "join a 09:59:10"])
        var other = RoomDriver([meeting("a", "10:00", "10:00")], at: at("09:00"))
        other.tell(.dismissed(event: "a"))
        other.advance(to: at("11:00"))
        #expect(other.story == ["skip a 09:59:00"])
    }

    @Test(arguments: [
        (MeetingLink.none, ScheduledEvent.State.nolink, "link.none"),
        (.unsupported(service: "Zoom", url: "https://zoom.us/j/1"), .unsupported, "link.unsupported"),
    ])
    func whatCannotBeJoinedIsShownAndSkippedAloud(link: MeetingLink, state: ScheduledEvent.State, code: String) {
        var room = RoomDriver([meeting("a", "10:00", "11:00", link: link)], at: at("09:00"))
        #expect(room.state("a") == state)
        room.advance(to: at("12:00"))
        #expect(room.story == ["skip a 09:59:00"])
        #expect(room.log.first?.why.code == code)
        if code == "link.unsupported" {
            #expect(room.why("a")?.text == "The meeting is on Zoom, which this room cannot join.")
        }
    }

    @Test(arguments: [
        ("janus+ws://sfu/?room=", "“room=” is empty"), ("janus+wss://sfu:8989/?pin=12&room=", "“room=” is empty"),
        ("janus+ws://sfu", "“?room=ID” is missing"), ("janus+ws://sfu/?pin=12#?room=1", "“?room=ID” is missing"),
        ("janus+ws://sfu/?room=%zz", "“room=” is not percent-encoded UTF-8"),
    ])
    func anAddressThatNamesNoMeetingIsToldAtOnceAndNeverJoined(url: String, flaw: String) {
        var room = RoomDriver([meeting("a", "10:00", "11:00", link: .address(url))], at: at("08:00"))
        #expect(room.state("a") == .nolink)
        #expect(room.why("a")?.code == "link.invalid")
        #expect(room.why("a")?.text.contains(flaw) == true, "\(room.why("a")?.text ?? "")")
        #expect(room.why("a")?.text.contains("12") == false, "no passcode is shown")
        room.advance(to: at("12:00"))
        #expect(room.story == ["skip a 09:59:00"])
        #expect(room.log.first?.why.code == "link.invalid")
    }

    @Test func anAddressThatIsMendedIsJoined() {
        var room = RoomDriver(
            [meeting("a", "10:00", "11:00", link: .address("janus+ws://sfu/?room="))], at: at("09:00"))
        room.advance(to: at("10:01"))
        room.update([meeting("a", "10:00", "11:00", link: .address("janus+ws://sfu/?ROOM=%31"))])
        room.advance(to: at("10:02"))
        #expect(room.meeting == "a")
    }

    @Test func entriesThatPolicyKeepsOutAreSkippedWithTheReason() {
        let events = [
            meeting("allday", "00:00", "23:59") { $0.isAllDay = true },
            meeting("declined", "10:00", "10:30") { $0.participation = .declined },
            meeting("cancelled", "11:00", "11:30") { $0.status = .cancelled },
            meeting("stranger", "12:00", "12:30") { $0.organizer = "eve@elsewhere.test" },
            meeting("nobody", "13:00", "13:30") { $0.organizer = nil },
            meeting("tentative", "14:00", "14:30") { $0.participation = .tentative },
            meeting("unanswered", "15:00", "15:30") { $0.participation = nil },
            meeting("good", "16:00", "16:30") { $0.organizer = "BOSS@Example.ORG" },
        ]
        let policy = JoinPolicy(rule: .accepted, organizers: ["*@example.org"])
        var room = RoomDriver(events, policy: policy, at: at("00:00", day: 2) - .seconds(3600))
        room.advance(to: at("23:59"))
        let codes = Dictionary(room.log.map { ($0.event, $0.why.code) }) { first, _ in first }
        #expect(codes["allday"] == "event.allDay")
        #expect(codes["declined"] == "event.declined")
        #expect(codes["cancelled"] == "event.cancelled")
        #expect(codes["stranger"] == "policy.organizers")
        #expect(codes["nobody"] == "policy.organizers")
        #expect(codes["tentative"] == "policy.accepted")
        #expect(codes["unanswered"] == "policy.accepted")
        #expect(room.log.filter { $0.action == .join }.map(\.event) == ["good"])
        #expect(room.log.filter { $0.action == .skip }.count == 7)
    }

    @Test func theButtonPolicyLeavesItToPeople() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], policy: JoinPolicy(rule: .button), at: at("09:00"))
        room.advance(to: at("10:02"))
        #expect(room.story == ["skip a 09:59:00"])
        #expect(room.state("a") == .upcoming)
        room.tell(.joining(event: "a"))
        room.tell(.joined(event: "a"))
        #expect(room.state("a") == .joined)
        room.advance(to: at("12:00"))
        #expect(room.story.last == "leave a 11:05:00")
    }

    @Test func theLaterOfTwoEntriesWithOneIdCounts() {
        var room = RoomDriver([meeting("a", "10:00", "11:00"), meeting("a", "14:00", "15:00")], at: at("09:00"))
        room.advance(to: at("13:00"))
        #expect(room.log.isEmpty)
        #expect(room.planner.schedule(at: room.now).count == 1)
        room.advance(to: at("14:00"))
        #expect(room.meeting == "a")
    }

    @Test(arguments: [
        ("*@example.org", "a@example.org", true), ("*@example.org", "a@example.org.evil", false),
        ("A*@Example.org", "anna@example.org", true), ("a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
        ("anna@example.org", "hanna@example.org", false), ("*", "x", true), ("", "x", false),
    ])
    func organizerPatternsAreGlobs(pattern: String, organizer: String, isAdmitted: Bool) {
        var room = RoomDriver(
            [meeting("a", "10:00", "11:00") { $0.organizer = organizer }], policy: JoinPolicy(organizers: [pattern]),
            at: at("09:00"))
        room.advance(to: at("10:01"))
        #expect((room.meeting == "a") == isAdmitted)
    }

    @Test(arguments: [Planner.Fact.dismissed(event: "a"), .left(.onPurpose), .left(.ended)])
    func aFailedJoinTakesNothingBackThatKeepsTheRoomOut(fact: Planner.Fact) {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:00"))
        if case .left = fact { room.advance(to: at("10:00")) }
        room.tell(fact)
        let (state, memory) = (room.state("a"), room.planner.memory)
        room.tell(.joining(event: "a"))
        room.tell(.joinFailed(event: "a", why: Why(code: "join.unreachable", text: ""), isPermanent: false))
        #expect(room.state("a") == state)
        #expect(room.planner.memory == memory, "a restart must not forget it either")
        let joins = room.log.count
        room.advance(to: at("12:00"))
        #expect(room.log.dropFirst(joins).allSatisfy { $0.action == .skip }, "\(room.story)")
    }

    @Test func tellsWhenAFailedJoinIsTriedAgain() {
        var room = RoomDriver(
            [meeting("a", "10:00", "11:00"), meeting("b", "10:05", "10:30")], at: at("09:00"))
        func retry(_ room: RoomDriver) -> UTCTime? { room.planner.scheduled("a", at: room.now)?.retryAt }
        room.failing = { $0 == "a" ? (Why(code: "join.unreachable", text: ""), false) : nil }
        #expect(retry(room) == nil)
        room.advance(to: at("09:59:11"))
        #expect(retry(room) == at("09:59:15"))
        room.advance(to: at("09:59:15"))
        #expect(retry(room) == at("09:59:25"), "5 s, 10 s, and so on")
        room.advance(to: at("10:06"))
        #expect(room.meeting == "b" && retry(room) == nil, "it depends on the meeting that the room is in")
    }

    @Test(arguments: [
        ("janus+ws://sfu.example/?room=1&pin=77", "janus+ws://sfu.example:8188"),
        ("janus+wss://SFU.example:9000/?room=1", "janus+wss://sfu.example:9000"),
        ("meet+ws://sfu.example/1", nil), ("https://zoom.us/j/1", nil),
    ])
    func aMeetingThatOnlyWantsAServiceSaysWhich(url: String, service: String?) {
        let link = LinkFinder(rules: LinkRules(services: [])).classify(url)
        let room = RoomDriver([meeting("a", "10:00", "11:00", link: link)], at: at("09:00"))
        let text = room.why("a")?.text ?? ""
        #expect(room.why("a")?.code == "link.unsupported")
        if let service {
            #expect(text.contains("[[service]]") && text.contains("url = \"\(service)\""), "\(text)")
        } else {
            #expect(text.hasSuffix("which this room cannot join."), "\(text)")
        }
        #expect(!text.contains("77"))
    }
}

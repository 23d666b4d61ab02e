import Base
import Testing

@testable import Meeting

/// A meeting whose seconds are told one by one.
private struct Call {
    var monitor = QualityMonitor()
    private(set) var now = Instant.zero
    /// What Ada was told to be at worst since the beginning.
    private(set) var worst = Quality.excellent
    var open: [ParticipantID: Set<TrackKind>] = [:]
    /// What everybody sends in a second without loss.
    var usual: [ParticipantID: MediaReport.Reception] = [:]
    var sending: MediaReport.Sending? = MediaReport.Sending(packets: 200, packetsLost: 0, roundTrip: .milliseconds(40))
    /// Checks of the connection, which are answered.
    var datagrams: Int64 = 1

    static let ada = ParticipantID("ada")

    init(_ people: [String] = ["ada"], kinds: Set<TrackKind> = [.audio, .video]) {
        for name in people {
            let id = ParticipantID(name)
            open[id] = kinds
            var reception = MediaReport.Reception()
            if kinds.contains(.audio) { reception.sound = .fine }
            if kinds.contains(.video) { reception.camera = .fine }
            if kinds.contains(.screen) { reception.screen = .fine }
            usual[id] = reception
        }
        pass(8)
    }

    mutating func second(_ change: (inout MediaReport) -> Void = { _ in }) {
        now += .seconds(1)
        var report = MediaReport(length: .seconds(1), received: usual, datagrams: datagrams, sending: sending)
        change(&report)
        monitor.handle(report, open: open, at: now)
        worst = max(worst, quality)
    }

    mutating func pass(_ seconds: Int, _ change: (inout MediaReport) -> Void = { _ in }) {
        for _ in 0..<seconds { second(change) }
    }

    /// One of `ada`'s.
    mutating func sound(concealed: Duration) {
        second { $0.received[Self.ada]?.sound?.concealed = concealed }
    }

    mutating func camera(still: Duration, late: Duration = .zero, asked: Int64 = 0) {
        second { $0.received[Self.ada]?.camera = .init(packets: 50, still: still, late: late, keyFrameRequests: asked) }
    }

    var quality: Quality { monitor.quality(of: Self.ada) }
}

extension MediaReport.Sound {
    fileprivate static let fine = MediaReport.Sound(
        packets: 50, packetsLost: 0, played: .seconds(1), concealed: .zero)
    fileprivate static let nothing = MediaReport.Sound(packets: 0, packetsLost: 0, played: .zero, concealed: .zero)
}

extension MediaReport.Picture {
    fileprivate static let fine = MediaReport.Picture(packets: 100, still: .zero, late: .zero, keyFrameRequests: 0)
    fileprivate static let nothing = MediaReport.Picture(packets: 0, still: .zero, late: .zero, keyFrameRequests: 0)
}

@Suite struct ReceivedQualityTests {
    @Test func whoComesThroughOrSendsNothingIsExcellent() {
        var call = Call()
        call.pass(100)
        #expect(call.quality == .excellent)
        call.open[Call.ada] = []
        call.pass(100) { $0.received = [:] }
        #expect(call.quality == .excellent && call.monitor.ownQuality == .excellent)
        #expect(call.monitor.quality(of: ParticipantID("nobody")) == .excellent)
    }

    @Test(arguments: [(40, Quality.excellent), (50, .good), (249, .good), (250, .poor), (900, .poor)])
    func theShareOfInventedSoundDecides(milliseconds: Int, expected: Quality) {
        var call = Call()
        call.sound(concealed: .milliseconds(milliseconds))
        // The next second shows that the sound has not just ended.
        call.second()
        #expect(call.quality == expected)
    }

    @Test func manySmallLossesAddUpOverFiveSeconds() {
        var call = Call()
        for _ in 0..<6 { call.sound(concealed: .milliseconds(11)) }
        #expect(call.quality == .good)
    }

    @Test func soundThatEndsIsNoLoss() {
        for split in [0, 50, 100, 200, 220] {
            var call = Call()
            call.sound(concealed: .milliseconds(split))
            call.pass(20) { report in
                report.received[Call.ada]?.sound = .nothing
            }
            #expect(call.worst == .excellent, "\(split) ms in the last second")
            // A number is missing, but no more: it was meant.
            call.second { $0.received[Call.ada]?.sound?.packetsLost = 1 }
            call.second()
            #expect(call.worst == .excellent)
        }
    }

    @Test func whatEndsInTwoPartsAsTheMicrophoneIsClosedIsNoLoss() {
        var call = Call()
        call.sound(concealed: .milliseconds(90))
        call.second {
            $0.received[Call.ada]?.sound = .init(
                packets: 0, packetsLost: 0, played: .zero, concealed: .milliseconds(120))
        }
        call.open[Call.ada] = [.video]
        call.pass(10)
        #expect(call.worst == .excellent)
        call.open[Call.ada] = [.audio, .video]
        call.pass(5)
        call.sound(concealed: .milliseconds(200))
        call.open[Call.ada] = [.video]
        call.pass(10)
        #expect(call.worst == .excellent)
    }

    @Test func secondsOfLostSoundCountThoughLittleOfThemIsInvented() {
        var call = Call(kinds: [.audio])
        call.second {
            $0.received[Call.ada]?.sound = .init(
                packets: 30, packetsLost: 0, played: .milliseconds(800), concealed: .milliseconds(200))
        }
        call.pass(2) { $0.received[Call.ada]?.sound = .nothing }
        call.second {
            $0.received[Call.ada]?.sound = .init(
                packets: 20, packetsLost: 130, played: .milliseconds(400), concealed: .zero)
        }
        call.second()
        #expect(call.quality == .poor)
    }

    @Test func whatAHostHeldBackIsNotMissing() {
        var call = Call()
        call.open[Call.ada] = []
        call.pass(30) {
            $0.received[Call.ada] = .init(
                sound: .nothing, camera: .init(packets: 0, still: .seconds(1), late: .zero, keyFrameRequests: 0))
        }
        // The server lets everything through again; all that it held back is missing by its numbers.
        call.open[Call.ada] = [.audio, .video]
        call.second {
            $0.received[Call.ada]?.sound = .init(
                packets: 20, packetsLost: 1500, played: .milliseconds(400), concealed: .milliseconds(10))
            $0.received[Call.ada]?.camera = .init(
                packets: 60, still: .milliseconds(600), late: .zero, keyFrameRequests: 2)
        }
        call.pass(3)
        #expect(call.worst == .excellent)
    }

    @Test func aFreezeIsGoodAndMoreThanASecondOfTenPoor() {
        var call = Call()
        call.camera(still: .milliseconds(300), asked: 1)
        #expect(call.quality == .good)
        call.pass(4)
        call.camera(still: .milliseconds(700), asked: 1)
        #expect(call.quality == .good)
        call.camera(still: .milliseconds(200), late: .milliseconds(200))
        #expect(call.quality == .poor)
    }

    @Test func picturesThatTheSenderDoesNotMakeAreNotMissing() {
        var call = Call()
        for _ in 0..<20 { call.camera(still: .seconds(1)) }
        #expect(call.worst == .excellent)
        // Requested in the second before: what stood still was waited for.
        call.camera(still: .zero, asked: 1)
        call.camera(still: .milliseconds(400))
        #expect(call.quality == .good)
    }

    @Test func aScreenMayStandStill() {
        var call = Call(kinds: [.screen])
        call.pass(20) {
            $0.received[Call.ada]?.screen = .init(packets: 5, still: .seconds(1), late: .zero, keyFrameRequests: 1)
        }
        #expect(call.worst == .excellent)
        call.second {
            $0.received[Call.ada]?.screen = .init(
                packets: 5, still: .seconds(2), late: .seconds(2), keyFrameRequests: 0)
        }
        #expect(call.quality == .poor)
    }

    @Test func worseIsToldAtOnceAndBetterAfterTenSeconds() {
        var call = Call()
        call.camera(still: .milliseconds(1200), asked: 1)
        var told: [Quality] = []
        for _ in 0..<25 {
            told.append(call.quality)
            call.second()
        }
        // Ten seconds of the window and ten without anything in it.
        #expect(told == Array(repeating: .poor, count: 19) + Array(repeating: .excellent, count: 6))
    }

    @Test func aValueBesideALimitDoesNotGoToAndFro() {
        for seed in 0..<20 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var call = Call()
            var told: [Quality] = []
            for _ in 0..<600 {
                call.sound(concealed: .microseconds(Int.random(in: 9000...11000, using: &random)))
                told.append(call.quality)
            }
            let changes = zip(told, told.dropFirst()).count { $0 != $1 }
            #expect(changes <= 1, "seed \(seed): \(changes) changes")
        }
    }

    @Test func whateverComesNothingFlaps() {
        for seed in 0..<30 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var call = Call(["ada", "bob"])
            var told: [[Quality]] = [[], []]
            for _ in 0..<1000 {
                call.second { report in
                    let bad = Int.random(in: 0..<10, using: &random) == 0
                    for id in report.received.keys.sorted() {
                        report.received[id]?.sound?.concealed = .milliseconds(
                            Int.random(in: 0...(bad ? 400 : 5), using: &random))
                        report.received[id]?.sound?.packetsLost = .random(in: 0...10, using: &random)
                        report.received[id]?.camera?.still = .milliseconds(
                            Int.random(in: 0...(bad ? 1500 : 0), using: &random))
                        report.received[id]?.camera?.keyFrameRequests = .random(in: 0...1, using: &random)
                    }
                    report.sending?.packetsLost = .random(in: 0...(bad ? 60 : 2), using: &random)
                    report.sending?.roundTrip = .milliseconds(Int.random(in: 0...(bad ? 2000 : 100), using: &random))
                }
                told[0].append(call.quality)
                told[1].append(call.monitor.ownQuality)
            }
            for (who, qualities) in told.enumerated() {
                var worse: Int?
                for second in 1..<qualities.count where qualities[second] != qualities[second - 1] {
                    if qualities[second] > qualities[second - 1] { worse = second }
                    guard qualities[second] < qualities[second - 1], let since = worse else { continue }
                    #expect(second - since >= 10, "seed \(seed), \(who), second \(second)")
                }
                #expect(Set(qualities).count == 3, "seed \(seed), \(who): it has been everything")
            }
        }
    }
}

@Suite struct LostParticipantTests {
    private func silence(_ report: inout MediaReport, _ id: ParticipantID = Call.ada) {
        report.received[id] = .init(sound: .nothing, camera: .nothing)
    }

    @Test func whoseSoundAndPicturesEndTogetherIsLostAfterFiveSeconds() {
        var call = Call(["ada", "bob"])
        call.pass(4) { silence(&$0) }
        #expect(call.quality == .excellent)
        call.second { silence(&$0) }
        #expect(call.quality == .lost && call.monitor.quality(of: ParticipantID("bob")) == .excellent)
        call.pass(100) { silence(&$0) }
        #expect(call.quality == .lost)
        // It is over with the first packet, and was no good connection.
        call.second { $0.received[Call.ada]?.camera = .nothing }
        #expect(call.quality == .poor)
        call.pass(12)
        #expect(call.quality == .excellent)
    }

    @Test func whereNobodyElseSendsTheConnectionIsToBeAlive() {
        var call = Call()
        call.datagrams = 0
        call.pass(20) { silence(&$0) }
        #expect(call.quality == .excellent)
        call.second {
            silence(&$0)
            $0.datagrams = 1
        }
        #expect(call.quality == .lost)
    }

    @Test func whereEverybodyFallsSilentNobodyAloneIsLost() {
        var call = Call(["ada", "bob", "eve"])
        call.second { silence(&$0) }
        call.pass(20) { report in
            for id in report.received.keys { silence(&report, id) }
        }
        for name in ["ada", "bob", "eve"] { #expect(call.monitor.quality(of: ParticipantID(name)) == .excellent) }
    }

    @Test func whatItsSenderMayHaveStoppedIsNotLost() {
        // One of the two.
        var call = Call(["ada", "bob"])
        call.pass(60) { $0.received[Call.ada]?.sound = .nothing }
        #expect(call.worst == .excellent)
        call.pass(60) { silence(&$0) }
        #expect(call.worst == .excellent, "not in one moment")
        // Only a microphone.
        call = Call(["ada", "bob"], kinds: [.audio])
        call.pass(60) { $0.received[Call.ada]?.sound = .nothing }
        #expect(call.worst == .excellent)
        // Closed by the service's word.
        call = Call(["ada", "bob"])
        call.open[Call.ada] = [.audio]
        call.pass(60) { silence(&$0) }
        #expect(call.worst == .excellent)
        // A screen still comes.
        call = Call(["ada", "bob"], kinds: [.audio, .video, .screen])
        call.pass(60) { $0.received[Call.ada] = .init(sound: .nothing, camera: .nothing, screen: .fine) }
        #expect(call.worst == .excellent)
        // Never came steadily.
        call = Call(["ada", "bob"])
        for number in 0..<60 { call.second { if number % 3 != 0 { silence(&$0) } } }
        call.pass(60) { silence(&$0) }
        #expect(call.worst == .excellent)
    }

    @Test(arguments: [[TrackKind.video], [.audio], []])
    func whoseMicrophoneOrCameraIsClosedIsLostNoMore(open: Set<TrackKind>) {
        var call = Call(["ada", "bob"])
        call.pass(10) { silence(&$0) }
        #expect(call.quality == .lost)
        call.open[Call.ada] = open
        call.second { silence(&$0) }
        #expect(call.quality == .poor)
        call.open[Call.ada] = nil
        call.second()
        #expect(call.quality == .excellent)
    }
}

@Suite struct OwnQualityTests {
    @Test(arguments: [(3, Quality.excellent), (4, .good), (19, .good), (20, .poor)])
    func whatTheServiceReportsLostDecides(ofTwoHundred lost: Int, expected: Quality) {
        var call = Call()
        call.pass(6) { $0.sending?.packetsLost = Int64(lost) }
        #expect(call.monitor.ownQuality == expected && call.quality == .excellent)
        var told = expected
        call.pass(20) { _ in told = .excellent }
        #expect(call.monitor.ownQuality == told)
    }

    @Test(arguments: [(299, Quality.excellent), (300, .good), (599, .good), (600, .poor)])
    func theRoundTripDecides(milliseconds: Int, expected: Quality) {
        var call = Call()
        call.pass(6) { $0.sending?.roundTrip = .milliseconds(milliseconds) }
        #expect(call.monitor.ownQuality == expected)
    }

    @Test func oneLateReportIsNoSlowWay() {
        var call = Call()
        call.second { $0.sending?.roundTrip = .milliseconds(1200) }
        #expect(call.monitor.ownQuality == .excellent)
    }

    @Test func aFewPacketsMakeNoShare() {
        var call = Call()
        call.sending = .init(packets: 5, packetsLost: 5, roundTrip: nil)
        call.pass(30)
        #expect(call.monitor.ownQuality == .excellent)
        call.sending = nil
        call.pass(30)
        #expect(call.monitor.ownQuality == .excellent)
    }

    @Test func whatEverybodySuffersIsTheRoomsOwn() {
        var call = Call(["ada", "bob", "eve"])
        let (ada, bob, eve) = (Call.ada, ParticipantID("bob"), ParticipantID("eve"))
        func freeze(_ report: inout MediaReport, _ id: ParticipantID, _ milliseconds: Int) {
            report.received[id]?.camera?.still = .milliseconds(milliseconds)
            report.received[id]?.camera?.keyFrameRequests = 1
        }
        call.second {
            freeze(&$0, ada, 1500); freeze(&$0, bob, 1500)
        }
        #expect(call.monitor.ownQuality == .excellent, "eve is fine")
        call.second { freeze(&$0, eve, 300) }
        #expect(call.monitor.ownQuality == .good, "the least of them")
        // Of one alone, the way may be theirs.
        call = Call()
        call.second { freeze(&$0, ada, 1500) }
        #expect(call.quality == .poor && call.monitor.ownQuality == .excellent)
    }
}

@Suite struct ForgottenParticipantTests {
    @Test func whoHasGoneIsForgotten() {
        let people = (0..<Roster.limit).map { "\($0)" }
        var call = Call(people)
        call.pass(20) { $0.received[ParticipantID("0")] = nil }
        #expect(call.monitor.people == Roster.limit)
        // Still received, but no longer there.
        call.open = [ParticipantID("1"): [.audio]]
        call.second()
        #expect(call.monitor.people == 1)
        // Never received.
        call.open = [ParticipantID("new"): [.audio, .video]]
        call.second()
        #expect(call.monitor.people == 0)
    }
}

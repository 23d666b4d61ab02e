import Base
import Media
import Synchronization
import Testing

@testable import RoomDaemon

/// What goes out while there is no camera, on virtual time.
@Suite struct SlateTests {
    private let camera = ScriptedCamera()

    private func makeFeed(language: String = "en") -> CameraFeed {
        CameraFeed(camera, language: language, roomName: "Boardroom", time: camera.time)
    }

    /// A picture that reached the encoder, which does not keep it.
    private struct Shown {
        var captureTime: Instant
        var width: Int
        var height: Int
        /// The brightest point, of the first picture only.
        var peak: UInt8?
    }

    /// What reaches the encoder in a time, and the last status.
    private func run(
        _ feed: CameraFeed, _ capture: inout CameraFeed.Capture, _ duration: Duration
    ) -> (pictures: [Shown], status: CameraFeed.Status?) {
        let end = camera.now + duration
        var pictures: [Shown] = []
        var status: CameraFeed.Status?
        while camera.now < end {
            if let news = feed.turn(&capture) { status = news }
            while let picture = feed.encoderQueue.pop(until: .zero) {
                pictures.append(
                    Shown(
                        captureTime: picture.captureTime, width: picture.width, height: picture.height,
                        peak: pictures.isEmpty ? peak(picture) : nil))
            }
        }
        return (pictures, status)
    }

    /// The brightest point of a picture.
    private func peak(_ frame: VideoFrame) -> UInt8 {
        var peak: UInt8 = 0
        for row in 0..<frame.height {
            for column in 0..<frame.width { peak = max(peak, frame.y[row * frame.strideY + column]) }
        }
        return peak
    }

    @Test func aCameraRestsWhileNobodyWantsItsPictures() {
        let feed = makeFeed()
        var capture = CameraFeed.Capture(feed)
        #expect(run(feed, &capture, .seconds(1)).status?.condition == .working)
        #expect(camera.state.withLock { $0.isResting })
        feed.setOpen(true)
        #expect(run(feed, &capture, .seconds(1)).pictures.count >= 25)
        #expect(!camera.state.withLock { $0.isResting })
        feed.setOpen(false)
        let closed = run(feed, &capture, .seconds(1))
        #expect(closed.pictures.isEmpty && closed.status?.isOpen == false)
        #expect(camera.state.withLock { $0.isResting })
        camera.become(.gone)
        #expect(run(feed, &capture, .milliseconds(300)).status?.condition == .lost, "also when nobody looks")
        camera.become(.live)
        #expect(run(feed, &capture, .seconds(1)).status?.condition == .working)
    }

    @Test func aLostCameraIsReplacedByASlateWithinHalfASecondAndIsLiveAgainWithItsFirstPicture() throws {
        let feed = makeFeed()
        feed.setOpen(true)
        var capture = CameraFeed.Capture(feed)
        let before = run(feed, &capture, .seconds(1))
        #expect(before.pictures.count >= 25)
        #expect(before.status?.condition == .working && before.status?.isOpen == true)

        camera.become(.gone)
        let lostAt = camera.now
        let lost = run(feed, &capture, .seconds(10))
        let first = try #require(lost.pictures.first)
        #expect(first.captureTime - lostAt <= .milliseconds(500))
        #expect((first.width, first.height) == (320, 180), "the size that the others see stays as it was")
        #expect(try #require(first.peak) > 150, "there is a text on it")
        #expect((30...70).contains(lost.pictures.count), "a few a second: \(lost.pictures.count) in ten")
        let times = lost.pictures.map(\.captureTime)
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
        #expect(lost.status?.condition == .lost && lost.status?.isOpen == true)
        #expect(lost.status?.problem == "the cable is out")
        #expect(feed.selfView == nil)

        camera.become(.live)
        let backAt = camera.now
        let back = run(feed, &capture, .seconds(1))
        let live = try #require(back.pictures.first)
        #expect(live.captureTime - backAt <= .milliseconds(100))
        #expect(feed.liveSince == live.captureTime)
        #expect(back.status?.condition == .working && back.status?.problem == nil)
        #expect(feed.selfView?.captureTime == back.pictures.last?.captureTime)
        #expect(feed.statistics.losses == 1)
        #expect(feed.statistics.slates == UInt64(lost.pictures.count))
    }

    @Test func fiftyLossesInARowAreReplacedAndOverInTimeAndLeaveNothingBehind() throws {
        let feed = makeFeed()
        feed.setOpen(true)
        var capture = CameraFeed.Capture(feed)
        _ = run(feed, &capture, .seconds(1))
        for round in 0..<50 {
            // An input loses its signal, too.
            camera.become(round % 5 == 4 ? .noSignal : .gone)
            let lostAt = camera.now
            let lost = run(feed, &capture, .seconds(1))
            #expect(lost.pictures.count >= 3, "round \(round)")
            #expect(try #require(lost.pictures.first).captureTime - lostAt <= .milliseconds(500), "round \(round)")
            camera.become(.live)
            let backAt = camera.now
            let back = run(feed, &capture, .seconds(1))
            #expect(back.pictures.count >= 25, "round \(round)")
            #expect(try #require(back.pictures.first).captureTime - backAt <= .seconds(1), "round \(round)")
            #expect(feed.liveSince == back.pictures.first?.captureTime, "round \(round)")
        }
        #expect(feed.statistics.losses == 50)
        #expect(feed.statistics.exhausted == 0)
    }

    @Test func anInputWithoutASignalIsReplacedByASlateToo() {
        let feed = makeFeed()
        feed.setOpen(true)
        var capture = CameraFeed.Capture(feed)
        camera.become(.noSignal)
        let none = run(feed, &capture, .seconds(2))
        #expect(none.status?.condition == .lost)
        #expect(none.pictures.count >= 6)
        camera.become(.live)
        #expect(run(feed, &capture, .seconds(1)).status?.condition == .working)
    }

    @Test func aCameraThatIsOpenedButHasNoPictureYetIsNotLiveYet() {
        let feed = makeFeed()
        feed.setOpen(true)
        var capture = CameraFeed.Capture(feed)
        _ = run(feed, &capture, .seconds(1))
        camera.become(.gone)
        _ = run(feed, &capture, .seconds(1))
        camera.become(.silent)
        let opened = run(feed, &capture, .seconds(1))
        #expect(opened.status == nil && opened.pictures.count >= 3, "the slate goes on")
        camera.become(.live)
        #expect(run(feed, &capture, .seconds(1)).status?.condition == .working)
    }

    @Test(arguments: 0..<50)
    func aCameraWhosePicturesDoNotComeIsReplacedWithinHalfASecondWhateverHoldsThem(round: Int) throws {
        let feed = makeFeed()
        var capture = CameraFeed.Capture(feed)
        camera.become(round % 2 == 0 ? .silent : .live)
        _ = run(feed, &capture, .milliseconds(Int64(round) * 7))
        // Opened, and its stream does not begin; or live, and it falls silent.
        feed.setOpen(true)
        if round % 2 == 1 { _ = run(feed, &capture, .milliseconds(300 + Int64(round) * 3)) }
        camera.become(.silent)
        let silentAt = camera.now
        let silent = run(feed, &capture, .seconds(3))
        let first = try #require(silent.pictures.first { $0.peak.map { $0 > 150 } == true })
        #expect(first.captureTime - silentAt <= .milliseconds(500))
        #expect(silent.pictures.count >= 10)
        #expect(feed.statistics.losses == 0, "it is there")
        camera.become(.live)
        let backAt = camera.now
        let live = try #require(run(feed, &capture, .seconds(1)).pictures.first)
        #expect(live.captureTime - backAt <= .milliseconds(100))
        #expect(feed.liveSince == live.captureTime)
        #expect(feed.statistics.exhausted == 0)
    }

    /// As where it is dark, and each exposure takes long.
    @Test func aSlowCameraIsNotReplacedBetweenItsPictures() {
        let feed = makeFeed()
        feed.setOpen(true)
        var capture = CameraFeed.Capture(feed)
        _ = run(feed, &capture, .seconds(1))
        camera.state.withLock { $0.interval = .milliseconds(600) }
        _ = run(feed, &capture, .seconds(2))
        let slates = feed.statistics.slates
        #expect((1...3).contains(slates), "at the first that is late nobody knows")
        #expect(run(feed, &capture, .seconds(30)).pictures.count == 50)
        #expect(feed.statistics.slates == slates)
    }

    /// Its pictures have always been taken before the slate that was shown last.
    @Test(arguments: [250, 410], [0, 40, 80, 120, 160])
    func aSlowCameraWhosePicturesTakeAWhileIsLiveAgain(interval: Int, phase: Int) {
        let feed = makeFeed()
        camera.state.withLock { ($0.interval, $0.latency) = (.milliseconds(interval), .milliseconds(100)) }
        camera.become(.silent)
        var capture = CameraFeed.Capture(feed)
        feed.setOpen(true)
        _ = run(feed, &capture, .milliseconds(1000 + Int64(phase)))
        for round in 0..<4 {
            camera.become(.live)
            // It is opened anew at last.
            if round == 3 { feed.setOpen(true) }
            let backAt = camera.now
            let back = run(feed, &capture, .seconds(2))
            #expect(feed.liveSince <= backAt + .milliseconds(2 * interval), "round \(round)")
            let times = back.pictures.map(\.captureTime)
            #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 }, "round \(round)")
            let slates = feed.statistics.slates
            #expect(run(feed, &capture, .seconds(10)).pictures.count >= 10_000 / interval, "round \(round)")
            #expect(feed.statistics.slates == slates, "round \(round)")
            camera.become(.gone)
            #expect(run(feed, &capture, .seconds(1)).pictures.count >= 3, "round \(round)")
            if round == 2 {
                feed.setOpen(false)
                _ = run(feed, &capture, .seconds(1))
            }
        }
    }

    @Test func aClosedCameraSendsNoSlateAndIsStillTold() {
        let feed = makeFeed()
        var capture = CameraFeed.Capture(feed)
        _ = run(feed, &capture, .seconds(1))
        camera.become(.gone)
        let lost = run(feed, &capture, .seconds(2))
        #expect(lost.pictures.isEmpty && lost.status?.condition == .lost)
        feed.setOpen(true)
        #expect(!run(feed, &capture, .seconds(1)).pictures.isEmpty)
        feed.setOpen(false)
        #expect(run(feed, &capture, .seconds(1)).pictures.isEmpty)
        camera.become(.live)
        #expect(run(feed, &capture, .seconds(1)).status?.condition == .working)
    }

    @Test func aRoomThatNeverHadACameraSendsNoPictureOfThatAndHasOneWhenItComes() {
        camera.become(.gone)
        let feed = makeFeed()
        feed.setOpen(true)
        var capture = CameraFeed.Capture(feed)
        let missing = run(feed, &capture, .seconds(2))
        #expect(missing.pictures.isEmpty)
        #expect(missing.status?.condition == .missing && missing.status?.problem == "the cable is out")
        camera.become(.live)
        let here = run(feed, &capture, .seconds(1))
        #expect(here.status?.condition == .working && here.pictures.count >= 25)
        #expect(feed.statistics.losses == 0)
    }

    /// Opening takes a while: at the start nothing is said of the camera before it is known.
    @Test func aCameraThatTakesAWhileToOpenIsNeitherWorkingNorMissing() {
        camera.become(.gone)
        let feed = makeFeed()
        feed.expectChange()
        var capture = CameraFeed.Capture(feed)
        #expect(run(feed, &capture, .seconds(1)).status == nil)
        camera.become(.live)
        #expect(run(feed, &capture, .milliseconds(200)).status?.condition == .working)

        camera.become(.gone)
        let without = makeFeed()
        without.expectChange()
        var absent = CameraFeed.Capture(without)
        #expect(run(without, &absent, .seconds(3)).status?.condition == .missing)
    }

    @Test func anotherCameraThatWasChosenIsNoLossAndItsSizeIsTold() {
        let feed = makeFeed()
        feed.setOpen(true)
        var capture = CameraFeed.Capture(feed)
        _ = run(feed, &capture, .seconds(1))
        feed.expectChange()
        camera.become(.gone)
        let change = run(feed, &capture, .seconds(1))
        #expect(change.status == nil && change.pictures.isEmpty)
        camera.state.withLock { $0.format = VideoFormat(width: 160, height: 90, frameRate: 15) }
        camera.become(.live)
        let other = run(feed, &capture, .seconds(1))
        #expect(other.status?.format.width == 160 && other.status?.condition == .working)
        #expect(other.pictures.last?.width == 160)
        #expect(feed.statistics.losses == 0)
    }

    @Test func anotherCameraThatWasChosenMayTakeAWhileToBegin() {
        let feed = makeFeed()
        feed.setOpen(true)
        var capture = CameraFeed.Capture(feed)
        _ = run(feed, &capture, .seconds(1))
        feed.expectChange()
        camera.become(.gone)
        _ = run(feed, &capture, .milliseconds(300))
        camera.become(.silent)
        #expect(run(feed, &capture, .seconds(1)).pictures.isEmpty)
        #expect(!run(feed, &capture, .seconds(1)).pictures.isEmpty, "not for ever")
    }

    @Test func theSlateSpeaksTheRoomsLanguageAndIsPaintedOnceForItsSize() throws {
        let pool = FramePool(capacity: 4)
        var slates = ["en", "de-AT"].map { Slates(language: $0, roomName: "Boardroom") }
        #expect(slates.map { $0.text(.disconnected) } == ["Camera disconnected", "Kamera getrennt"])
        let pictures = [0, 1, 0].map { slates[$0].picture(.disconnected, width: 640, height: 360, from: pool) }
        let (english, german, again) = try (
            #require(pictures[0]), #require(pictures[1]), #require(pictures[2])
        )
        func luma(_ frame: VideoFrame) -> [UInt8] {
            Array(UnsafeBufferPointer(start: frame.y, count: frame.strideY * frame.height))
        }
        #expect(luma(english) != luma(german))
        #expect(again !== english && luma(again) == luma(english))
        let odd = slates[0].picture(.disconnected, width: 33, height: 17, from: pool)
        #expect(odd?.width == 33)
        let none = slates[0].picture(.disconnected, width: 640, height: 360, from: pool)
        #expect(none == nil, "the pool is exhausted")
    }
}

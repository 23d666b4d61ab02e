import Media
import Testing

@testable import Compositor

@Suite struct DamageTests {
    private func meeting(_ count: Int) -> MeetingScene {
        MeetingScene(
            participants: (0..<count).map { .init(id: .camera("\($0)"), name: "Name \($0)") }, mode: .grid,
            title: "Title", elapsed: "0:01")
    }

    @Test func onlyWhatHasChangedIsWrittenInEachBuffer() {
        let screen = Screen(width: 640, height: 360, buffers: 2)
        let compositor = Compositor()
        let scene = Scene.meeting(meeting(4))
        var frames = (0..<4).map { Pictures.red(width: 160, height: 90, sequence: UInt64($0)) }
        func compose(_ buffer: Int) -> UInt64 {
            let before = compositor.statistics.regionsWritten
            compositor.compose(
                scene: scene, frames: { frames[Int($0.participant) ?? 0] }, selfView: nil, into: screen.buffers[buffer])
            return compositor.statistics.regionsWritten - before
        }
        #expect(compose(0) > 4)
        #expect(compose(1) > 4)
        #expect(compose(0) == 0)
        screen.wipe(0)
        frames[2] = Pictures.blue(width: 160, height: 90, sequence: 9)
        #expect(compose(0) == 1)
        #expect(screen.pixel(100, 90) == Screen.untouched & 0xFF_FFFF)
        #expect(distance(screen.pixel(160, 270), Pictures.blueOnDisplay) < 6)
        #expect(compose(1) == 1)
        #expect(compose(1) == 0)
    }

    /// What a display copies when it goes from one picture to the next; with two buffers that is less than what was
    /// written, and not the same.
    @Test func damageIsWhatDiffersFromThePictureBefore() {
        let screen = Screen(width: 640, height: 360, buffers: 2)
        let seen = Screen(width: 640, height: 360)
        let compositor = Compositor()
        var meeting = meeting(4)
        let still = Pictures.blue(width: 160, height: 90)
        for turn in 0..<40 {
            if turn % 5 == 0 { meeting.elapsed = "0:\(turn)" }
            // Now and then something that is there in one picture only.
            let scene =
                turn % 7 == 3 ? Scene.meeting(meeting).with(message: .init(text: "Text")) : .meeting(meeting)
            compositor.compose(
                scene: scene,
                frames: {
                    $0.participant == "2"
                        ? Pictures.solid(UInt8(60 + turn), 100, 160, width: 160, height: 90, sequence: UInt64(turn))
                        : still
                }, selfView: nil, into: screen.buffers[turn % 2])
            #expect(compositor.damage.isEmpty == (turn == 0))
            let damage = turn == 0 ? [DisplayRect(left: 0, top: 0, right: 640, bottom: 360)] : compositor.damage
            if turn > 0, turn % 5 != 0, ![3, 4].contains(turn % 7) { #expect(damage.count == 1) }
            for rect in damage { seen.copy(rect, from: screen, turn % 2) }
            #expect(seen.shows(0, sameAs: screen, turn % 2), "turn \(turn)")
        }
        compositor.invalidate()
        compositor.compose(
            scene: .standby, frames: { _ in nil }, selfView: nil, into: screen.buffers[0])
        #expect(compositor.damage.isEmpty)
    }

    /// Display memory is slow: whatever lies over whatever, a frame writes no picture element of it twice.
    @Test func everyPictureElementIsWrittenOnceAFrameAtMost() {
        let screen = Screen(width: 1280, height: 720)
        for (count, mode) in [(1, LayoutMode.grid), (9, .grid), (5, .speaker), (3, .selfview)] {
            let compositor = Compositor()
            var meeting = meeting(count)
            meeting.mode = mode
            meeting.recording = "Recording"
            meeting.notice = "Reconnecting …"
            meeting.selfView = .init(name: "Room")
            for person in meeting.participants.indices { meeting.participants[person].isMuted = true }
            for turn in 1...3 {
                let before = compositor.statistics.pixelsWritten
                compositor.compose(
                    scene: .meeting(meeting),
                    frames: { _ in Pictures.red(width: 160, height: 90, sequence: UInt64(turn)) },
                    selfView: Pictures.blue(width: 160, height: 90, sequence: UInt64(turn)), into: screen.buffer)
                let written = compositor.statistics.pixelsWritten - before
                #expect(turn == 1 ? written == 1280 * 720 : written <= 1280 * 720, "\(count) \(mode)")
            }
        }
    }

    @Test func aReusedFrameWithANewPictureIsSeen() {
        let screen = Screen(width: 640, height: 360)
        let compositor = Compositor()
        let frame = Pictures.red(width: 160, height: 90)
        for sequence in 1...3 {
            frame.sequence = UInt64(sequence)
            let before = compositor.statistics.regionsWritten
            compositor.compose(
                scene: .meeting(meeting(1)), frames: { _ in frame }, selfView: nil, into: screen.buffer)
            #expect(compositor.statistics.regionsWritten > before)
        }
    }

    @Test func aTickingClockRewritesTheClockOnly() {
        let screen = Screen(width: 1280, height: 720)
        let compositor = Compositor()
        var home = HomeScreen(roomName: "Room", clock: "10:08", date: "Today", next: nil, idle: "Nothing")
        compositor.compose(scene: .home(home), frames: { _ in nil }, selfView: nil, into: screen.buffer)
        let before = compositor.statistics.pixelsWritten
        home.clock = "10:09"
        compositor.compose(scene: .home(home), frames: { _ in nil }, selfView: nil, into: screen.buffer)
        let written = compositor.statistics.pixelsWritten - before
        #expect(written > 0 && written < 1280 * 720 / 2)
    }

    @Test func whateverCameBeforeThePictureIsAsFromAFreshStart() {
        // Walks through scenes with two buffers in turn and compares each result with one composed from nothing.
        let screen = Screen(width: 640, height: 360, buffers: 2)
        let compositor = Compositor()
        let reference = Compositor()
        let fresh = Screen(width: 640, height: 360)
        var scenes: [Scene] = [
            .standby, .home(HomeScreen(roomName: "Room", clock: "1:00", date: "Today", idle: "Idle")),
        ]
        for count in [0, 1, 2, 3, 2, 5] {
            var meeting = meeting(count)
            scenes.append(.meeting(meeting))
            meeting.mode = .speaker
            meeting.selfView = .init(name: "Room")
            meeting.elapsed = "0:0\(count)"
            scenes.append(.meeting(meeting))
            scenes.append(Scene.meeting(meeting).with(message: .init(text: "Text \(count)", detail: "Detail")))
            meeting.recording = "Recording"
            scenes.append(.meeting(meeting))
        }
        for (index, scene) in (scenes + scenes.reversed()).enumerated() {
            func compose(_ compositor: Compositor, _ buffer: DisplayBuffer) {
                compositor.compose(
                    scene: scene,
                    frames: { id in
                        Pictures.solid(
                            UInt8(40 + 30 * (Int(id.participant) ?? 0)), 100, 160, width: 160, height: 90,
                            sequence: UInt64(index))
                    }, selfView: Pictures.blue(width: 160, height: 90, sequence: UInt64(index)), into: buffer)
            }
            compose(compositor, screen.buffers[index % 2])
            // The reference sees the same scenes, because seats depend on them, but remembers nothing about its buffer.
            reference.invalidate()
            fresh.wipe()
            compose(reference, fresh.buffer)
            #expect(screen.shows(index % 2, sameAs: fresh), "scene \(index)")
        }
    }

    @Test func buffersAndOverlaysStayBounded() {
        let compositor = Compositor()
        for index in 0..<40 {
            let screen = Screen(width: 320, height: 180)
            var meeting = meeting(9)
            meeting.elapsed = "0:\(index)"
            for person in meeting.participants.indices { meeting.participants[person].name = "Name \(index).\(person)" }
            compositor.compose(scene: .meeting(meeting), frames: { _ in nil }, selfView: nil, into: screen.buffer)
        }
        #expect(compositor.statistics.overlaysPainted > 360)
        #expect(compositor.statistics.overlaysCached <= Compositor.overlayLimit)
    }
}

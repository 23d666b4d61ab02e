import Base
import Testing

@testable import RoomDaemon

@Suite struct LipSyncTests {
    private func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

    @Test func aPictureIsShownWhenItsSoundIsHeard() {
        var sync = LipSync()
        // Captured at 5000 on the sender's clock, whose sound is heard 1000 later on ours.
        let shown = sync.presentationTime(
            arrival: at(5930), captureTime: 5_000_000_000, soundOffset: 1_000_000_000)
        #expect(shown == at(6000))
    }

    @Test func whatIsTooLateIsShownAtOnceAndNothingWaitsForEver() {
        var sync = LipSync()
        #expect(
            sync.presentationTime(arrival: at(6100), captureTime: 5_000_000_000, soundOffset: 1_000_000_000) == at(6100)
        )
        var far = LipSync()
        #expect(
            far.presentationTime(arrival: at(1000), captureTime: 5_000_000_000, soundOffset: 1_000_000_000) == at(1600))
        var hostile = LipSync()
        #expect(hostile.presentationTime(arrival: at(0), captureTime: .max, soundOffset: .min) == at(0))
        _ = hostile.presentationTime(arrival: at(0), captureTime: .min, soundOffset: .max)
    }

    @Test func withoutTheSoundsClockAPictureIsShownAtOnce() {
        var sync = LipSync()
        #expect(sync.presentationTime(arrival: at(100), captureTime: nil, soundOffset: 0) == at(100))
        #expect(sync.presentationTime(arrival: at(100), captureTime: 0, soundOffset: nil) == at(100))
    }

    @Test func aLeapOfTheSoundIsNoStandStillOfThePicture() {
        var sync = LipSync()
        var last: Instant?
        var longest = Duration.zero
        for picture in 0..<300 as Range<Int64> {
            // The sound is held back by 300 ms more from the hundredth picture on.
            let offset: Int64 = picture < 100 ? 50_000_000 : 350_000_000
            let captured = picture * 33_000_000
            let shown = sync.presentationTime(
                arrival: Instant(nanoseconds: captured + 20_000_000), captureTime: captured, soundOffset: offset)
            if let last { longest = max(longest, shown - last) }
            last = shown
        }
        #expect(longest < .milliseconds(37))
        // In step again after a hundred pictures.
        #expect(last == Instant(nanoseconds: 299 * 33_000_000 + 350_000_000))
    }

    @Test func whenTheSoundGoesAndComesBackThePictureDoesNotLeap() {
        var sync = LipSync()
        var last: Instant?
        var longest = Duration.zero
        for picture in 0..<600 as Range<Int64> {
            let captured = picture * 33_000_000
            let sound: Int64? = (200..<400).contains(picture) ? nil : 350_000_000
            let shown = sync.presentationTime(
                arrival: Instant(nanoseconds: captured + 20_000_000), captureTime: captured, soundOffset: sound)
            if let last { longest = max(longest, shown - last) }
            last = shown
            if picture == 399 { #expect(shown == Instant(nanoseconds: captured + 20_000_000)) }
        }
        #expect(longest < .milliseconds(37))
        #expect(last == Instant(nanoseconds: 599 * 33_000_000 + 350_000_000))
    }

    @Test func aSlowScreenIsInStepAsSoonAsAFastOne() {
        var sync = LipSync()
        var shown = Instant.zero
        for picture in 0...4 as ClosedRange<Int64> {
            shown = sync.presentationTime(
                arrival: Instant(nanoseconds: picture * 1_000_000_000), captureTime: picture * 1_000_000_000,
                soundOffset: picture == 0 ? 50_000_000 : 350_000_000)
        }
        #expect(shown == Instant(nanoseconds: 4_350_000_000))
    }

    @Test func anotherClockIsTakenWhole() {
        var sync = LipSync()
        _ = sync.presentationTime(arrival: at(0), captureTime: 0, soundOffset: 50_000_000)
        let shown = sync.presentationTime(
            arrival: at(100), captureTime: -7_000_000_000, soundOffset: 7_150_000_000)
        #expect(shown == at(150))
    }
}

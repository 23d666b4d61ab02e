import Base
import Media

@testable import Hardware

/// A speaker and a microphone on fakes, and the audio thread that uses them.
final class SoundBench {
    let time = FakeTime()
    let playback: FakePCM
    let capture: FakePCM
    let speakerCounters = SoundCounters()
    let microphoneCounters = SoundCounters()
    private(set) var speaker: ALSASpeaker!
    private(set) var microphone: ALSAMicrophone!
    let block = UnsafeMutableBufferPointer<Float>.allocate(capacity: AudioFormat.blockSize)
    let heard = UnsafeMutableBufferPointer<Float>.allocate(capacity: AudioFormat.blockSize)

    static func description(_ kind: DeviceKind) -> DeviceDescription {
        DeviceDescription(id: "alsa:fake", kind: kind, name: "Fake", bus: "test")
    }

    init(_ prepare: (SoundBench) -> Void = { _ in }) throws(DeviceError) {
        playback = FakePCM(time: time, isCapture: false)
        capture = FakePCM(time: time, isCapture: true)
        block.initialize(repeating: 0.25)
        heard.initialize(repeating: 0)
        prepare(self)
        let time = time
        speaker = try ALSASpeaker(
            pcm: playback, name: "fake", device: Self.description(.speaker), channels: .all, counters: speakerCounters,
            now: { time.now })
        microphone = try ALSAMicrophone(
            pcm: capture, name: "fake", device: Self.description(.microphone), channels: .all,
            counters: microphoneCounters)
    }

    deinit {
        block.deallocate()
        heard.deallocate()
    }

    /// One turn of the audio thread.
    /// - Returns: when the block written is heard, and when the block read was.
    @discardableResult
    func step() throws(DeviceError) -> (playAt: Instant, capturedAt: Instant?) {
        let playAt = try speaker.waitForBlock()
        let now = time.now
        try speaker.write(UnsafeBufferPointer(block))
        return (playAt, try microphone.read(into: heard, at: now))
    }
}

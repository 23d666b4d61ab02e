import Glibc
import Media
import Testing

@testable import Hardware

/// What is agreed on with a card, and what is said when nothing can be.
@Suite struct SoundNegotiationTests {
    private let pcm = FakePCM(time: FakeTime(), isCapture: true)

    private func negotiate(_ choice: ChannelChoice = .all, isCapture: Bool = true) throws -> PCMSettings {
        try PCMSettings.negotiate(with: pcm, name: "hw:CARD=Fake", choice: choice, isCapture: isCapture)
    }

    private func message(_ choice: ChannelChoice = .all) -> String {
        do {
            return "no error, but \(try negotiate(choice))"
        } catch let error as DeviceError {
            return error.message
        } catch { return "another error" }
    }

    @Test func takesWhatNeedsNoConversion() throws {
        pcm.rates = [8000, 44_100, 48_000, 96_000]
        pcm.formats = [.int16, .packed24, .int32]
        let settings = try negotiate()
        #expect(settings == PCMSettings(rate: 48_000, format: .int32, channels: 2, period: 480, buffer: 4800))
        #expect(settings.text == "48000 Hz, S32_LE, 2 channels, periods of 480 in 4800 frames")
        #expect(try negotiate(isCapture: false).buffer == 1920)
    }

    @Test(arguments: [(44_100, 441), (16_000, 160), (96_000, 960), (8000, 80)])
    func takesTheRateThatTheCardHas(rate: Int, period: Int) throws {
        pcm.rates = [rate]
        let settings = try negotiate()
        #expect(settings.rate == rate && settings.period == period)
    }

    @Test func choosesAsManyChannelsAsAreNamed() throws {
        pcm.channelCounts = [1, 2, 4, 8]
        #expect(try negotiate().channels == 1)
        #expect(try negotiate(isCapture: false).channels == 2)
        #expect(try negotiate(.only([2])).channels == 4)
        #expect(try negotiate(.only([0, 7])).channels == 8)
        #expect(
            message(.only([9])).contains("was expected to have channel 10, but has 1 to 8 channels; choose others"))
        #expect(message(.only([])).contains("expected channels"))
        pcm.channelCounts = [6]
        #expect(try negotiate().channels == 6)
    }

    @Test func saysWhatIsWrong() {
        pcm.rates = [4000]
        #expect(
            message() == "alsa:hw:CARD=Fake was expected to have a rate of 8000 to 192000 Hz that is known, best 48000,"
                + " but has 4000 to 4000 Hz; use alsa:plughw:… instead")
        pcm.rates = [48_000]
        pcm.formats = []
        #expect(message().contains("FLOAT_LE, S32_LE, S24_LE, S24_3LE, S16_LE, but has none of them"))
        pcm.formats = [.int16]
        pcm.fixedPeriod = 24_000
        #expect(message().contains("periods of about 480 frames"))
        pcm.fixedPeriod = nil
    }

    @Test func aSpeakersBufferHoldsTwoBlocks() throws {
        pcm.fixedPeriod = 240
        pcm.fixedBuffer = 959
        #expect(try negotiate().buffer == 959)
        let error = #expect(throws: DeviceError.self) { try negotiate(isCapture: false) }
        #expect(error?.message.contains("a buffer of at least 960, but took 240 and 959") == true)
        pcm.fixedBuffer = 960
        #expect(try negotiate(isCapture: false).buffer == 960)
    }

    @Test(arguments: [
        ("begin", EINVAL, "use alsa:plughw:… instead"), ("rate", EINVAL, "to take 48000 Hz, as it said"),
        ("format", EINVAL, "S16_LE, as it said"), ("channels", EINVAL, "2 channels, as it said"),
        ("commit", EINVAL, "periods of 10 ms at 48000 Hz, S16_LE"), ("commit", EIO, "Input/output error"),
    ])
    func everyStepThatIsRefusedSaysSo(step: String, code: Int32, words: String) {
        pcm.refusals = [step: -code]
        #expect(message().contains(words))
    }

    @Test func aCardThatGoesMeanwhileIsLost() {
        pcm.refusals = ["commit": -ENODEV]
        #expect { try negotiate() } throws: { ($0 as? DeviceError)?.reason == .lost }
        pcm.refusals = ["running": -ENODEV]
        #expect {
            try ALSAMicrophone(
                pcm: pcm, name: "fake", device: SoundBench.description(.microphone), channels: .all,
                counters: SoundCounters())
        } throws: {
            ($0 as? DeviceError)?.reason == .lost
        }
        #expect {
            try ALSASpeaker(
                pcm: pcm, name: "fake", device: SoundBench.description(.speaker), channels: .all,
                counters: SoundCounters())
        } throws: {
            ($0 as? DeviceError)?.reason == .lost
        }
    }
}

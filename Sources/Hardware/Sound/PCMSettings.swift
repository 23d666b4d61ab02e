import Base
import Glibc
import Media

/// What a card and roomd have agreed on.
struct PCMSettings: Hashable, Sendable {
    var rate: Int
    var format: SampleFormat
    var channels: Int
    /// Frames.
    var period: Int
    var buffer: Int

    /// For the log: `48000 Hz, S16_LE, 2 channels, periods of 480 in 1920 frames`.
    var text: String {
        "\(rate) Hz, \(format.name), \(channels) \(channels == 1 ? "channel" : "channels"), "
            + "periods of \(period) in \(buffer) frames"
    }

    /// Those without resampling first, then those that lose least.
    static let rates = [48_000, 96_000, 192_000, 44_100, 88_200, 32_000, 24_000, 22_050, 16_000, 11_025, 8000]

    /// Chooses what fits best of what the card can, and sets it. May block.
    /// - Parameter name: what the configuration calls the card, for messages.
    static func negotiate(
        with pcm: any PCM, name: String, choice: ChannelChoice, isCapture: Bool
    ) throws(DeviceError) -> PCMSettings {
        let negotiation = Negotiation(pcm: pcm, name: name, kind: isCapture ? "microphone" : "speaker")
        try negotiation.check(pcm.begin(), "to have interleaved samples", advice: "use alsa:plughw:… instead")
        let rate = try negotiation.chooseRate()
        let format = try negotiation.chooseFormat()
        let channels = try negotiation.chooseChannels(choice, isCapture: isCapture)
        var period = rate / 100
        // Of a microphone all is read in time, so what the buffer holds costs no time; of a speaker what is written
        // counts, not what would fit.
        var buffer = period * (isCapture ? 10 : 4)
        try negotiation.check(
            pcm.commit(period: &period, buffer: &buffer), "to take periods of 10 ms at \(rate) Hz, \(format.name)")
        // A speaker is given whole blocks: one plays while the next is written.
        let least = max(2 * period, isCapture ? 0 : 2 * ((rate + 99) / 100))
        guard period > 0, buffer >= least, buffer <= rate * 2, period <= rate / 5 else {
            throw DeviceError(
                .failed,
                "alsa:\(name) was expected to take periods of about \(rate / 100) frames and a buffer of at least "
                    + "\(least), but took \(period) and \(buffer); use another device, or alsa:plughw:… for this one")
        }
        return PCMSettings(rate: rate, format: format, channels: channels, period: period, buffer: buffer)
    }

    private struct Negotiation {
        let pcm: any PCM
        let name: String
        let kind: String

        func check(_ code: Int32, _ expected: String, advice: String? = nil) throws(DeviceError) {
            guard code < 0 else { return }
            var error = systemError(code, "alsa:\(name)", expected: "a \(kind)")
            if error.reason == .failed {
                error.message =
                    "alsa:\(name) was expected \(expected): \(String(cString: strerror(-code)))"
                    + (advice.map { "; \($0)" } ?? "")
            }
            throw error
        }

        func chooseRate() throws(DeviceError) -> Int {
            guard let rate = PCMSettings.rates.first(where: { pcm.has(rate: $0) }) else {
                let rates = pcm.bounds.rates
                throw DeviceError(
                    .failed,
                    "alsa:\(name) was expected to have a rate of 8000 to 192000 Hz that is known, best 48000, but has "
                        + "\(rates.lowerBound) to \(rates.upperBound) Hz; use alsa:plughw:… instead")
            }
            try check(pcm.set(rate: rate), "to take \(rate) Hz, as it said")
            return rate
        }

        func chooseFormat() throws(DeviceError) -> SampleFormat {
            guard let format = SampleFormat.preferred.first(where: { pcm.has($0) }) else {
                throw DeviceError(
                    .failed,
                    "alsa:\(name) was expected to have samples of one of the formats "
                        + SampleFormat.preferred.map(\.name).joined(separator: ", ")
                        + ", but has none of them; use alsa:plughw:… instead")
            }
            try check(pcm.set(format), "to take \(format.name), as it said")
            return format
        }

        func chooseChannels(_ choice: ChannelChoice, isCapture: Bool) throws(DeviceError) -> Int {
            let bounds = pcm.bounds.channels
            if case .only(let channels) = choice, channels.isEmpty || channels.contains(where: { $0 < 0 }) {
                throw DeviceError(.unknown, "expected channels of alsa:\(name) to be chosen, such as 1 and 2")
            }
            // A speaker of one channel is rarer than one that has two and claims one.
            let counts = (max(choice.least, 1)...max(choice.least, 64)).filter { pcm.has(channels: $0) }
            let best = choice == .all && !isCapture && counts.contains(2) ? 2 : counts.first
            guard let best else {
                throw DeviceError(
                    .unknown,
                    "alsa:\(name) was expected to have channel \(choice.least), but has \(bounds.lowerBound)"
                        + (bounds.lowerBound == bounds.upperBound ? "" : " to \(bounds.upperBound)")
                        + " channels; choose others in the configuration")
            }
            try check(pcm.set(channels: best), "to take \(best) channels, as it said")
            return best
        }
    }
}

/// Makes sound shorter or longer by whole pitch periods without changing its pitch.
///
/// The model: in voiced speech one period looks like the next. Taking one out, or putting one in, with a cross-fade is
/// not heard when the two are alike (normalized correlation above a threshold) or when both are nearly silent. This is
/// time-domain pitch-synchronous overlap and add. The sound just played helps to find the period, so little of what is
/// to come has to be there.
enum TimeStretcher {
    /// Samples already played that must lie before `samples`.
    static let history = 1440
    /// Samples that one step adds or takes at most: 15 ms.
    static let longest = 720
    /// Pitch periods looked for: 2.5…15 ms, that is 66…400 Hz.
    static let shortest = 120
    /// How alike two periods have to be, as a rule.
    static let likeness: Float = 0.85

    private static let fade = 240
    private static let comparedSamples = 720
    /// Mean square below which everything sounds alike (about −54 dBFS).
    private static let silence: Float = 4e-6

    /// Samples to come that shortening by at most `limit` needs.
    static func needed(toShortenBy limit: Int) -> Int { min(limit, longest) + fade }

    /// A step that was made: so many samples went or came, and the old sound goes over into the new around `seam`.
    struct Step {
        var samples: Int
        var seam: Int
    }

    /// Takes one period out of the front of `count` samples, in place. Real-time safe.
    /// - Parameter limit: samples to take at most.
    /// - Returns: nil when there was nothing alike enough.
    static func shorten(
        _ samples: UnsafeMutablePointer<Float>, count: Int, limit: Int, likeness: Float = likeness
    ) -> Step? {
        let longest = min(limit, Self.longest, count - fade)
        guard longest >= shortest else { return nil }
        // Half a window of what was heard and what is to come, against what follows a period later.
        let start = UnsafePointer(samples) - (comparedSamples - fade)
        let period: Int
        if isSilent(start, comparedSamples - fade + fade + longest) {
            period = longest
        } else if let found = bestPeriod(start, backwards: false, longest: longest, likeness: likeness) {
            period = found
        } else {
            return nil
        }
        let length = fade
        let step = 1 / Float(length)
        for index in 0..<length {
            let share = Float(index) * step
            samples[index] = samples[index] * (1 - share) + samples[index + period] * share
        }
        (samples + length).update(from: samples + length + period, count: count - length - period)
        return Step(samples: period, seam: length / 2)
    }

    /// Repeats the last period before the front of `count` samples, in place; there must be room for `longest` more.
    /// Real-time safe.
    /// - Parameter limit: samples to add at most.
    /// - Returns: nil when there was nothing alike enough.
    static func lengthen(
        _ samples: UnsafeMutablePointer<Float>, count: Int, limit: Int, likeness: Float = likeness
    ) -> Step? {
        let longest = min(limit, Self.longest)
        guard longest >= shortest, count >= shortest else { return nil }
        let start = UnsafePointer(samples) - comparedSamples
        let period: Int
        if isSilent(start, comparedSamples + shortest) {
            period = longest
        } else if let found = bestPeriod(start, backwards: true, longest: longest, likeness: likeness) {
            period = found
        } else {
            return nil
        }
        (samples + period).update(from: samples, count: count)
        // From what would have come to what was a period ago, whose end fits to what comes.
        let length = min(fade, period, count)
        let step = 1 / Float(length)
        for index in 0..<length {
            let share = Float(index) * step
            samples[index] = samples[index + period] * (1 - share) + samples[index - period] * share
        }
        if period > length { (samples + length).update(from: samples + length - period, count: period - length) }
        return Step(samples: period, seam: length / 2)
    }

    /// The lag at which the window resembles what is a lag behind or before it best, or nil when it does not enough.
    private static func bestPeriod(
        _ window: UnsafePointer<Float>, backwards: Bool, longest: Int, likeness: Float
    ) -> Int? {
        // Coarse on every fourth sample, then fine around the best.
        var best = (lag: 0, value: -Float.infinity)
        var lag = shortest
        while lag <= longest {
            let value = correlation(window, window + (backwards ? -lag : lag), step: 4)
            if value > best.value { best = (lag, value) }
            lag += 4
        }
        for lag in max(shortest, best.lag - 3)...min(longest, best.lag + 3) {
            let value = correlation(window, window + (backwards ? -lag : lag), step: 2)
            if value > best.value { best = (lag, value) }
        }
        return best.value >= likeness ? best.lag : nil
    }

    /// Normalized correlation of two windows.
    private static func correlation(_ one: UnsafePointer<Float>, _ other: UnsafePointer<Float>, step: Int) -> Float {
        var product: Float = 0
        var left: Float = 1e-9
        var right: Float = 1e-9
        var index = 0
        while index < comparedSamples {
            let first = one[index]
            let second = other[index]
            product += first * second
            left += first * first
            right += second * second
            index &+= step
        }
        return product / (left * right).squareRoot()
    }

    private static func isSilent(_ samples: UnsafePointer<Float>, _ count: Int) -> Bool {
        var sum: Float = 0
        var index = 0
        while index < count {
            sum += samples[index] * samples[index]
            index &+= 1
        }
        return sum < silence * Float(count)
    }
}

import Glibc

/// Per cent for people, against a control's own numbers.
///
/// Where the card knows decibels, half is half as loud to the ear: per cent are the amplitude's third root, of which 60 dB
/// below the loudest is a tenth. Controls of little range are even in decibels, those without decibels even in steps.
struct MixerScale {
    /// Hundredths of a decibel up to which a range is little.
    private static let littleRange = 2400
    private static let decade = 6000.0

    private let range: ClosedRange<Int>
    private let isCurved: Bool

    init(_ control: MixerControl) {
        range = control.decibels ?? control.steps ?? 0...1
        isCurved = control.decibels != nil && range.upperBound - range.lowerBound > Self.littleRange
    }

    func percent(of value: Int) -> Int {
        let value = min(max(value, range.lowerBound), range.upperBound)
        guard isCurved else {
            let share = Double(value - range.lowerBound) / Double(range.upperBound - range.lowerBound)
            return Int((100 * share).rounded())
        }
        return Int((100 * (height(value) - floor) / (1 - floor)).rounded())
    }

    func value(of percent: Int) -> Int {
        let share = Double(min(max(percent, 0), 100)) / 100
        guard isCurved else {
            return range.lowerBound + Int((share * Double(range.upperBound - range.lowerBound)).rounded())
        }
        guard share > 0 else { return range.lowerBound }
        let value = Double(range.upperBound) + Self.decade * log10(floor + share * (1 - floor))
        return min(max(Int(value.rounded()), range.lowerBound), range.upperBound)
    }

    /// 1 at the loudest, a tenth 60 dB below.
    private func height(_ value: Int) -> Double { pow(10, Double(value - range.upperBound) / Self.decade) }
    /// Cards that call their lowest step −99999.99 dB begin at 0.
    private var floor: Double { height(range.lowerBound) < 0.01 ? 0 : height(range.lowerBound) }
}

import Media

/// Sizes that a driver lists together: ranges in steps, or one where the ends are equal.
struct OfferedSizes: Hashable, Sendable {
    var width: ClosedRange<Int>
    var widthStep: Int
    var height: ClosedRange<Int>
    var heightStep: Int

    /// - Returns: nil for what no picture can be: no width, ends in the wrong order.
    init?(width: (Int, Int), step widthStep: Int, height: (Int, Int), step heightStep: Int) {
        let isSane = { (ends: (Int, Int)) in ends.0 <= ends.1 && ends.1 > 0 && ends.1 <= 16384 }
        guard isSane(width), isSane(height) else { return nil }
        self.width = max(width.0, 1)...width.1
        self.height = max(height.0, 1)...height.1
        self.widthStep = max(widthStep, 1)
        self.heightStep = max(heightStep, 1)
    }

    /// What stands for an entry that no picture can have: a driver's list goes on after it.
    static let impossible = OfferedSizes()

    var isPossible: Bool { self != .impossible }

    private init() {
        (width, widthStep, height, heightStep) = (0...0, 1, 0...0, 1)
    }

    init?(width: Int, height: Int) {
        self.init(width: (width, width), step: 1, height: (height, height), step: 1)
    }

    /// The smallest size that covers the wanted one, otherwise the largest.
    func size(covering wanted: VideoFormat) -> (width: Int, height: Int) {
        (Self.covering(wanted.width, width, widthStep), Self.covering(wanted.height, height, heightStep))
    }

    private static func covering(_ wanted: Int, _ range: ClosedRange<Int>, _ step: Int) -> Int {
        guard wanted > range.lowerBound else { return range.lowerBound }
        let steps = (wanted - range.lowerBound + step - 1) / step
        let most = (range.upperBound - range.lowerBound) / step
        return range.lowerBound + min(steps, most) * step
    }
}

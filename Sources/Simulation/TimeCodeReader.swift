public import Media

/// Reads a pattern's time code out of a picture at any size, after any number of hops.
public enum TimeCodeReader {
    /// Less difference between dark and bright than this is no time code.
    private static let leastContrast = 48

    /// The time code of a picture that shows nothing but the pattern.
    /// - Returns: milliseconds of the sender's CLOCK_MONOTONIC at capture, or nil when there is no valid time code.
    public static func read(_ frame: VideoFrame) -> UInt32? {
        let plane = LumaPlane(frame)
        return read(plane, x: 0, y: 0, width: Double(plane.width))
    }

    /// The time code of a pattern that fills a rectangle, for instance its tile on a display.
    /// - Parameters:
    ///   - x: left edge of the whole pattern in picture elements; `y` is its top edge.
    ///   - width: of the whole pattern, at least 80; its height follows from the pattern's shape.
    public static func read(_ plane: LumaPlane, x: Double, y: Double, width: Double) -> UInt32? {
        let unit = width / Double(TimeCode.widthUnit)
        guard unit >= 1 else { return nil }
        return withUnsafeTemporaryAllocation(of: Int.self, capacity: TimeCode.blockCount) { levels -> UInt32? in
            var (darkest, brightest) = (255, 0)
            for block in 0..<TimeCode.blockCount {
                // The middle of the block: scaling and coding blur its edges.
                let left = x + (Double(TimeCode.column + block) + 0.25) * unit
                let top = y + (Double(TimeCode.row) + 0.25) * unit
                guard let level = plane.mean(x: left, y: top, side: unit / 2) else { return nil }
                levels[block] = level
                darkest = min(darkest, level)
                brightest = max(brightest, level)
            }
            guard brightest - darkest >= leastContrast else { return nil }
            var bits: UInt64 = 0
            for block in 0..<TimeCode.blockCount {
                bits = bits << 1 | (levels[block] * 2 > darkest + brightest ? 1 : 0)
            }
            return TimeCode.milliseconds(bits: bits)
        }
    }

    /// Whether the picture is the white one at a whole second.
    public static func isFlash(_ frame: VideoFrame) -> Bool {
        let plane = LumaPlane(frame)
        let top = 5 * plane.width / TimeCode.widthUnit
        guard plane.height > top + 8 else { return false }
        for row in 0..<8 {
            for column in 0..<8 {
                let x = (2 * column + 1) * plane.width / 16
                let y = top + (2 * row + 1) * (plane.height - top) / 16
                if plane.bytes[y * plane.stride + x] < 200 { return false }
            }
        }
        return true
    }
}

import Glibc
import Media

/// Which of the modes that a device offers serves best for what is to be sent.
///
/// First how much of what is wanted arrives: size as the encoder will scale it, and rate. Among equals, least work: raw
/// formats are cheap but slow over USB at large sizes, where only MJPEG reaches the rate.
enum FormatNegotiation {
    /// Best first.
    static func ranked(_ modes: [OfferedMode], for wanted: VideoFormat) -> [OfferedMode] {
        modes.enumerated().sorted { left, right in
            let quality = (grade(left.element, wanted), grade(right.element, wanted))
            if quality.0 != quality.1 { return quality.0 > quality.1 }
            let work = (work(left.element, wanted), work(right.element, wanted))
            return work.0 != work.1 ? work.0 < work.1 : left.offset < right.offset
        }.map(\.element)
    }

    /// How much of what is wanted arrives, in thousandths. Half the rate is felt about as much as a third of the size.
    private static func grade(_ mode: OfferedMode, _ wanted: VideoFormat) -> Int {
        // The encoder scales down to fit and never up: of 1280×960, 960×720 are left in 1280×720.
        let factor = min(
            1, Double(wanted.width) / Double(mode.width), Double(wanted.height) / Double(mode.height))
        let area = Double(mode.width) * factor * Double(mode.height) * factor
        let size = min(1, area / (Double(wanted.width) * Double(wanted.height)))
        let rate = rate(of: mode, wanted) / wanted.frameRate
        // 29.97 counts as 30.
        let smoothness = rate >= 0.98 ? 1 : rate
        return Int((1000 * pow(size, 0.5) * pow(smoothness, 0.8)).rounded())
    }

    /// Nanoseconds a second.
    private static func work(_ mode: OfferedMode, _ wanted: VideoFormat) -> Double {
        Double(mode.width * mode.height) * rate(of: mode, wanted) * mode.pixelFormat.cost
    }

    private static func rate(of mode: OfferedMode, _ wanted: VideoFormat) -> Double {
        mode.interval?.rate ?? wanted.frameRate
    }
}

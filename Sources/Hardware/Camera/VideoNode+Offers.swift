import Glibc
import Media

extension VideoNode {
    /// No driver has more of anything; a broken one that never ends its list is left there.
    private static let mostEntries = 64

    /// What the device offers near what is wanted: of a range of sizes the one that covers it.
    /// - Parameter timings: of an HDMI input, whose size is then the only one.
    func offers(for wanted: VideoFormat, _ timings: SourceTimings?) throws(VideoCallFailure) -> [OfferedMode] {
        var modes: [OfferedMode] = []
        for index in 0..<Self.mostEntries {
            guard let fourCC = try system.pixelFormat(handle, at: index) else { break }
            guard let pixelFormat = PixelFormat(fourCC: fourCC) else { continue }
            if let timings {
                modes.append(OfferedMode(pixelFormat: pixelFormat, width: timings.width, height: timings.height))
                continue
            }
            for size in try sizes(of: pixelFormat, for: wanted) {
                modes += try intervals(of: pixelFormat, size, for: wanted).map {
                    OfferedMode(pixelFormat: pixelFormat, width: size.width, height: size.height, interval: $0)
                }
            }
        }
        return modes
    }

    private func sizes(
        of pixelFormat: PixelFormat, for wanted: VideoFormat
    ) throws(VideoCallFailure) -> [(width: Int, height: Int)] {
        var sizes: [(width: Int, height: Int)] = []
        for index in 0..<Self.mostEntries {
            guard let offered = try system.sizes(handle, of: pixelFormat.fourCC, at: index) else { break }
            if offered.isPossible { sizes.append(offered.size(covering: wanted)) }
        }
        // A driver that lists no sizes makes of the wish what it can.
        return sizes.isEmpty ? [(wanted.width, wanted.height)] : sizes
    }

    private func intervals(
        of pixelFormat: PixelFormat, _ size: (width: Int, height: Int), for wanted: VideoFormat
    ) throws(VideoCallFailure) -> [FrameInterval?] {
        var intervals: [FrameInterval?] = []
        for index in 0..<Self.mostEntries {
            guard
                let offered = try system.intervals(
                    handle, of: pixelFormat.fourCC, width: size.width, height: size.height, at: index)
            else { break }
            let interval = offered.interval(atLeast: wanted.frameRate)
            if interval.rate > 0 { intervals.append(interval) }
        }
        return intervals.isEmpty ? [nil] : intervals
    }
}

import Glibc
import Media

extension VideoNode {
    /// Whether it is an HDMI input.
    func followsSource() -> Bool { capabilities.hasDVTimings }

    /// Asks for word of the source's changes. Drivers without are asked now and then instead.
    func watchSource() {
        try? system.subscribeToSourceChanges(handle, input: capabilities.input)
    }

    /// Takes all events there are.
    /// - Returns: whether the source has changed.
    func hasSourceChanged() throws(VideoCallFailure) -> Bool {
        var hasChanged = false
        // The kernel keeps a few; more are a driver's nonsense.
        for _ in 0..<64 {
            guard let isSourceChange = try system.nextEvent(handle) else { break }
            hasChanged = hasChanged || isSourceChange
        }
        return hasChanged
    }

    /// What the HDMI input receives. Does not disturb streaming.
    func querySource() throws(VideoCallFailure) -> (VideoSignal, SourceTimings?) {
        try signal { () throws(VideoCallFailure) in try system.queryTimings(handle) }
    }

    /// Sets the HDMI input to what it receives. Not while streaming.
    func adoptSource() throws(VideoCallFailure) -> (VideoSignal, SourceTimings?) {
        try signal { () throws(VideoCallFailure) in try system.adoptTimings(handle) }
    }

    private func signal(
        _ ask: () throws(VideoCallFailure) -> SourceTimings
    ) throws(VideoCallFailure) -> (VideoSignal, SourceTimings?) {
        do {
            let timings = try ask()
            return timings.width > 0 && timings.height > 0 ? (.present, timings) : (.unstable, nil)
        } catch {
            switch error.code {
            case ENOLINK: return (.none, nil)
            case ENOLCK: return (.unstable, nil)
            // Timings that the input measures but cannot be set to, such as interlaced ones, are invalid.
            case ERANGE, EINVAL: return (.unsupported, nil)
            default: throw error
            }
        }
    }
}

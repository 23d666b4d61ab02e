import Base
import Media

/// The clock of a simulated speaker: one block every 10 ms of the pacer's time, by absolute instants.
struct BlockPacing {
    /// Whoever is later than this has lost blocks, as a sound card's buffer would have run dry; less is caught up with.
    static let longestLag = Duration.milliseconds(100)

    private var next: Instant?

    /// Blocks until the next block is wanted.
    /// - Returns: the instant of its first sample, and the blocks that were lost before it.
    mutating func wait(
        _ pacer: any Pacer, device: DeviceDescription
    ) throws(DeviceError) -> (instant: Instant, lost: Int) {
        let period = AudioFormat.blockDuration.inNanoseconds
        let now = pacer.now
        // The first is at a whole 10 ms, so that blocks begin at whole seconds.
        var instant = next ?? Instant(nanoseconds: (now.nanoseconds + period - 1) / period * period)
        var lost = 0
        if now - instant > Self.longestLag {
            lost = Int((now - instant).inNanoseconds / period)
            instant += .nanoseconds(Int64(lost) * period)
        }
        next = instant + AudioFormat.blockDuration
        guard pacer.wait(until: instant) else { throw .stopped(device) }
        return (instant, lost)
    }
}

import Base
import Synchronization

/// `SoundStatistics` as the audio thread counts them. They outlive a card that is opened again.
final class SoundCounters: Sendable {
    let xruns = Atomic<Int>(0)
    let suspensions = Atomic<Int>(0)
    let losses = Atomic<Int>(0)
    let missedBlocks = Atomic<Int>(0)
    let droppedSamples = Atomic<Int>(0)
    let delayNanoseconds = Atomic<Int64>(0)
    let drift = Atomic<Int>(0)

    var statistics: SoundStatistics {
        var statistics = SoundStatistics()
        statistics.xruns = xruns.load(ordering: .relaxed)
        statistics.suspensions = suspensions.load(ordering: .relaxed)
        statistics.losses = losses.load(ordering: .relaxed)
        statistics.missedBlocks = missedBlocks.load(ordering: .relaxed)
        statistics.droppedSamples = droppedSamples.load(ordering: .relaxed)
        statistics.delay = .nanoseconds(delayNanoseconds.load(ordering: .relaxed))
        statistics.drift = drift.load(ordering: .relaxed)
        return statistics
    }
}

import Glibc
import Media
import Synchronization

/// Brings a card back to running, told apart by what stopped it. The audio thread's own; real-time safe.
struct PCMRecovery {
    /// Interruptions in a row, without a block between them, until the card counts as broken.
    private static let mostInterruptions = 20

    private let pcm: any PCM
    private let failures: SoundFailures
    private let counters: SoundCounters
    private var interruptions = 0

    init(_ pcm: any PCM, _ failures: SoundFailures, _ counters: SoundCounters) {
        self.pcm = pcm
        self.failures = failures
        self.counters = counters
    }

    /// Brings the card back, or throws what it is now.
    /// - Parameters:
    ///   - code: −errno.
    ///   - begin: prepares the card and starts anew.
    mutating func recover(
        from code: Int32, _ begin: () throws(DeviceError) -> Void
    ) throws(DeviceError) {
        interruptions += 1
        guard interruptions < Self.mostInterruptions else { throw failures.refused }
        switch -code {
        case EPIPE:
            counters.xruns.wrappingAdd(1, ordering: .relaxed)
            try begin()
        case ESTRPIPE:
            let result = pcm.resume()
            if result == -EAGAIN {
                // The machine is waking; the engine's own clock goes on meanwhile.
                interruptions = 0
                throw failures.asleep
            }
            counters.suspensions.wrappingAdd(1, ordering: .relaxed)
            // What the card held before it slept is of no use now, and many cards cannot resume at all.
            if result == 0 { try failures.check(pcm.drop()) }
            try begin()
        default: throw failures.error(for: code)
        }
    }

    /// A block went through.
    mutating func blockDone() {
        interruptions = 0
    }
}

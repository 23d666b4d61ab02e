/// Whether packets of a stream get lost often enough to wait for what repairs them.
struct LossEstimator: Sendable {
    /// A packet counts for some hundreds.
    private static let step = 0.005

    private var share = 0.0
    /// Between 0.4 and 1.2 % it stays as it was, so that a single loss changes nothing.
    private(set) var isNotable = false

    /// - Parameter missing: how many numbers before it were left out; −1 for one that was counted as missing before.
    mutating func packetArrived(missing: Int64) {
        if missing < 0 {
            share = max(0, share - Self.step)
        } else {
            for _ in 0..<min(missing, 20) { share += (1 - share) * Self.step }
            share -= share * Self.step
        }
        if share > 0.012 { isNotable = true } else if share < 0.004 { isNotable = false }
    }
}

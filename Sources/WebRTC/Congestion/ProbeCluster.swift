import Base

/// A short train of packets at a higher rate than the target, which shows whether the path carries it.
struct ProbeCluster: Hashable, Sendable {
    var id: Int
    /// In bits a second.
    var bitrate: Int

    /// Fewer packets say nothing about a rate.
    var minimumPackets: Int { 5 }
    /// 15 ms at the probe's rate.
    var minimumBytes: Int { bitrate / 8 * 15 / 1000 }
}

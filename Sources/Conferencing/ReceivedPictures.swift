import WebRTC

/// What has come so far of the pictures that are received: sums over their streams, copies and repetitions left out.
struct ReceivedPictures: Hashable, Sendable {
    var received: Int64 = 0
    var lost: Int64 = 0
    var bytes: Int64 = 0
}

extension ReceivedPictures {
    /// - Returns: nil for no streams.
    init?(_ streams: [InboundStreamStatistics]) {
        guard !streams.isEmpty else { return nil }
        for stream in streams {
            received += stream.packetsReceived
            lost += max(0, stream.packetsLost)
            bytes += stream.bytesReceived
        }
    }
}

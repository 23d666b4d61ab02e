public import Base

/// What is known of one received Opus packet beside its bytes.
public struct PlayoutPacket: BitwiseCopyable, Hashable, Sendable {
    /// RTP sequence number, unwrapped.
    public var sequence: Int64
    /// RTP timestamp, unwrapped, in samples of 48 kHz.
    public var timestamp: Int64
    public var arrival: Instant
    /// When the sender captured the first sample, on the sender's clock in nanoseconds; `Int64.min` when not known yet.
    public var captureTime: Int64
    /// It was lost and came when it was asked for again.
    public var isRepair: Bool

    public static let unknownCaptureTime = Int64.min

    public init(
        sequence: Int64, timestamp: Int64, arrival: Instant, captureTime: Int64 = unknownCaptureTime,
        isRepair: Bool = false
    ) {
        self.sequence = sequence
        self.timestamp = timestamp
        self.arrival = arrival
        self.captureTime = captureTime
        self.isRepair = isRepair
    }

    /// Whether arithmetic on the numbers stays far from the ends of their types: they may come from anybody.
    var isPlausible: Bool {
        sequence.magnitude < 1 << 60 && timestamp.magnitude < 1 << 43
            && (captureTime == Self.unknownCaptureTime || captureTime.magnitude < 1 << 62)
    }
}

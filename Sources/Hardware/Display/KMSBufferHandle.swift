/// A dumb buffer: memory that the processor draws into and the card scans out.
struct KMSBufferHandle: Hashable {
    var handle: UInt32
    /// Bytes from one row to the next.
    var stride: Int
    /// Bytes.
    var size: Int
}

/// Bytes on their way to a stream, first in, first out. In steady state nothing is allocated.
struct StreamBuffer: Sendable {
    private var bytes: [UInt8] = []
    private var start = 0

    var count: Int { bytes.count - start }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ new: UnsafeRawBufferPointer) {
        // What has gone makes room before more is asked for.
        if start > 0, bytes.count + new.count > bytes.capacity {
            bytes.removeSubrange(0..<start)
            start = 0
        }
        bytes.append(contentsOf: new)
    }

    mutating func append(_ new: borrowing [UInt8]) {
        new.withUnsafeBytes { append($0) }
    }

    /// - Parameter body: gets all that waits, and says how much of it has gone.
    mutating func withBytes(_ body: (UnsafeRawBufferPointer) -> Int) {
        let taken = bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[start...])) }
        start += taken
        if start == bytes.count { removeAll() }
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        start = 0
    }
}

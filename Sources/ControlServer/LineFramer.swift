/// Cuts a byte stream into lines (LF), wherever reads split or merge them.
struct LineFramer {
    enum Line: Equatable {
        case text([UInt8])
        /// More bytes without an LF than a line may have; nothing more can be read from this stream.
        case tooLong
    }

    /// The most bytes of a line, its LF not counted.
    let limit: Int
    private var bytes: [UInt8] = []
    /// Where the first line that was not given out begins.
    private var start = 0
    /// No LF lies before this offset.
    private var scanned = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// Bytes held: at most `limit` and what one read brings.
    var count: Int { bytes.count - start }

    mutating func append(_ new: UnsafeRawBufferPointer) {
        if start > 0 {
            bytes.removeFirst(start)
            scanned -= start
            start = 0
        }
        bytes.append(contentsOf: new)
    }

    mutating func nextLine() -> Line? {
        let from = scanned
        let found = bytes.withUnsafeBytes { all in
            UnsafeRawBufferPointer(rebasing: all[from...]).firstIndex(of: 0x0A).map { $0 + from }
        }
        guard let end = found else {
            scanned = bytes.count
            return count > limit ? .tooLong : nil
        }
        guard end - start <= limit else { return .tooLong }
        let line = Array(bytes[start..<end])
        start = end + 1
        scanned = start
        if start == bytes.count {
            // A burst must not keep its memory for the months that the connection lasts.
            bytes.removeAll(keepingCapacity: bytes.capacity <= 16_384)
            start = 0
            scanned = 0
        }
        return .text(line)
    }

    /// What came after the last LF, when the stream has ended.
    mutating func remainder() -> Line? {
        guard count > 0 else { return nil }
        defer {
            bytes = []
            start = 0
            scanned = 0
        }
        return count > limit ? .tooLong : .text(Array(bytes[start...]))
    }
}

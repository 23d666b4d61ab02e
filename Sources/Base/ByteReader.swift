/// Bounds-checked, big-endian reading of bytes that came from outside: it throws and never traps.
public struct ByteReader: ~Escapable {
    private let bytes: Span<UInt8>
    /// Bytes consumed so far.
    public private(set) var offset = 0

    @_lifetime(copy bytes)
    public init(_ bytes: Span<UInt8>) {
        self.bytes = bytes
    }

    /// Bytes not yet consumed.
    public var remaining: Int { bytes.count - offset }
    public var isAtEnd: Bool { remaining == 0 }

    public mutating func readUInt8() throws(ByteReaderError) -> UInt8 {
        try need(1)
        defer { offset += 1 }
        return bytes[offset]
    }

    public mutating func readUInt16() throws(ByteReaderError) -> UInt16 {
        try need(2)
        defer { offset += 2 }
        return UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
    }

    /// Reads a 24-bit unsigned integer.
    public mutating func readUInt24() throws(ByteReaderError) -> UInt32 {
        try need(3)
        defer { offset += 3 }
        return UInt32(bytes[offset]) << 16 | UInt32(bytes[offset + 1]) << 8 | UInt32(bytes[offset + 2])
    }

    public mutating func readUInt32() throws(ByteReaderError) -> UInt32 {
        let high = try readUInt16()
        return UInt32(high) << 16 | UInt32(try readUInt16())
    }

    public mutating func readUInt64() throws(ByteReaderError) -> UInt64 {
        let high = try readUInt32()
        return UInt64(high) << 32 | UInt64(try readUInt32())
    }

    /// The next `count` bytes, without a copy.
    @_lifetime(copy self)
    public mutating func readSpan(_ count: Int) throws(ByteReaderError) -> Span<UInt8> {
        try need(count)
        defer { offset += count }
        return bytes.extracting(offset..<offset + count)
    }

    /// The next `count` bytes as an array of their own.
    public mutating func readBytes(_ count: Int) throws(ByteReaderError) -> [UInt8] {
        try need(count)
        defer { offset += count }
        var result: [UInt8] = []
        result.append(contentsOf: bytes.extracting(offset..<offset + count))
        return result
    }

    public mutating func skip(_ count: Int) throws(ByteReaderError) {
        try need(count)
        offset += count
    }

    private func need(_ count: Int) throws(ByteReaderError) {
        guard count >= 0, remaining >= count else {
            throw ByteReaderError(needed: count, available: remaining, offset: offset)
        }
    }
}

/// The bytes ended before what was to be read.
public struct ByteReaderError: Error, Hashable, Sendable, CustomStringConvertible {
    public let needed: Int
    public let available: Int
    public let offset: Int

    public init(needed: Int, available: Int, offset: Int) {
        self.needed = needed
        self.available = available
        self.offset = offset
    }

    public var description: String {
        "expected \(needed) more bytes at offset \(offset), but only \(available) are left"
    }
}

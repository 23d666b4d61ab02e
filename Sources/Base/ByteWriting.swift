// Big-endian writing into byte arrays that their owner keeps and reuses.

extension [UInt8] {
    public mutating func append(bigEndian value: UInt16) {
        append(UInt8(truncatingIfNeeded: value >> 8))
        append(UInt8(truncatingIfNeeded: value))
    }

    /// Appends the low 24 bits.
    public mutating func append(bigEndian24 value: UInt32) {
        append(UInt8(truncatingIfNeeded: value >> 16))
        append(bigEndian: UInt16(truncatingIfNeeded: value))
    }

    public mutating func append(bigEndian value: UInt32) {
        append(bigEndian: UInt16(truncatingIfNeeded: value >> 16))
        append(bigEndian: UInt16(truncatingIfNeeded: value))
    }

    public mutating func append(bigEndian value: UInt64) {
        append(bigEndian: UInt32(truncatingIfNeeded: value >> 32))
        append(bigEndian: UInt32(truncatingIfNeeded: value))
    }

    public mutating func append(contentsOf span: Span<UInt8>) {
        reserveCapacity(count + span.count)
        for index in span.indices { append(span[index]) }
    }

    /// Overwrites two bytes at `offset`, which must lie inside the array.
    public mutating func overwrite(at offset: Int, bigEndian value: UInt16) {
        self[offset] = UInt8(truncatingIfNeeded: value >> 8)
        self[offset + 1] = UInt8(truncatingIfNeeded: value)
    }

    /// Overwrites four bytes at `offset`, which must lie inside the array.
    public mutating func overwrite(at offset: Int, bigEndian value: UInt32) {
        overwrite(at: offset, bigEndian: UInt16(truncatingIfNeeded: value >> 16))
        overwrite(at: offset + 2, bigEndian: UInt16(truncatingIfNeeded: value))
    }
}

extension Span<UInt8> {
    /// Reads two bytes; the caller has made sure that they are there.
    func loadUInt16(_ offset: Int) -> UInt16 {
        UInt16(self[offset]) << 8 | UInt16(self[offset + 1])
    }

    /// Reads three bytes; the caller has made sure that they are there.
    func loadUInt24(_ offset: Int) -> UInt32 {
        UInt32(self[offset]) << 16 | UInt32(loadUInt16(offset + 1))
    }

    /// Reads four bytes; the caller has made sure that they are there.
    func loadUInt32(_ offset: Int) -> UInt32 {
        UInt32(loadUInt16(offset)) << 16 | UInt32(loadUInt16(offset + 2))
    }

    /// Reads eight bytes; the caller has made sure that they are there.
    func loadUInt64(_ offset: Int) -> UInt64 {
        UInt64(loadUInt32(offset)) << 32 | UInt64(loadUInt32(offset + 4))
    }

    /// - Throws: `.truncated` when fewer than `needed` bytes are there.
    func require(_ needed: Int) throws(RTPError) {
        guard count >= needed else { throw .truncated(needed: needed, available: count) }
    }
}

import Base

/// What can be told of DTLS records without keys (RFC 6347 §4.1).
///
/// OpenSSL drops damaged records under keys, but ends the handshake over a plaintext record that is out of place, and up
/// to 3.0.22 ends a connection over a record too short to be one under keys (CVE-2026-75806). Those are kept from it.
enum RecordLayer {
    /// What every record under keys has besides its content: AES-GCM's explicit nonce and tag (RFC 5288 §3). No other
    /// ciphers are offered.
    private static let overhead = 8 + 16

    /// Bytes at the start of the datagram that are whole, plausible records. The rest is not shown to OpenSSL.
    static func plausiblePrefix(of datagram: Span<UInt8>) -> Int {
        var reader = ByteReader(datagram)
        var end = 0
        do throws(ByteReaderError) {
            while !reader.isAtEnd {
                let type = try reader.readUInt8()
                // DTLS 1.0, which many write into the first ClientHello, or DTLS 1.2.
                let version = try reader.readUInt16()
                guard version == 0xFEFF || version == 0xFEFD else { return end }
                let epoch = try reader.readUInt16()
                try reader.skip(6)  // sequence number
                let length = Int(try reader.readUInt16())
                let fragment = try reader.readSpan(length)
                guard isPlausible(type: type, epoch: epoch, fragment) else { return end }
                end = reader.offset
            }
        } catch {
            return end
        }
        return end
    }

    private static func isPlausible(type: UInt8, epoch: UInt16, _ fragment: Span<UInt8>) -> Bool {
        guard !fragment.isEmpty, fragment.count <= 16_384 + 2048 else { return false }
        switch (type, epoch) {
        // change_cipher_spec, alert, handshake in the clear.
        case (20, 0): return fragment.count == 1 && fragment[0] == 1
        case (21, 0): return fragment.count == 2 && (1...2).contains(fragment[0])
        case (22, 0): return isHandshake(fragment)
        // Under keys anything may be; without renegotiation there is one epoch of them.
        case (20...23, 1): return fragment.count > overhead
        default: return false
        }
    }

    /// Whether the fragment is a row of handshake message fragments that lie within their messages (RFC 6347 §4.2.2).
    private static func isHandshake(_ fragment: Span<UInt8>) -> Bool {
        var reader = ByteReader(fragment)
        do throws(ByteReaderError) {
            while !reader.isAtEnd {
                guard try reader.readUInt8() <= 24 else { return false }
                let length = try reader.readUInt24()
                try reader.skip(2)  // message sequence
                let offset = try reader.readUInt24()
                let count = try reader.readUInt24()
                // 100 kB is what OpenSSL takes of certificates.
                guard length <= 102_400, offset + count <= length, count > 0 || length == 0 else { return false }
                try reader.skip(Int(count))
            }
            return true
        } catch {
            return false
        }
    }
}

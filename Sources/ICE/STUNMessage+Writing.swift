import Base
import Digests

extension STUNMessage {
    /// Writes the message, replacing what `datagram` held.
    ///
    /// - Parameters:
    ///   - password: signs the message with MESSAGE-INTEGRITY (HMAC-SHA1); nil leaves that out.
    ///   - fingerprint: appends FINGERPRINT, as ICE demands of every message (RFC 8445 §7.1).
    public func write(into datagram: inout [UInt8], password: String?, fingerprint: Bool = true) {
        datagram.removeAll(keepingCapacity: true)
        let bits = messageClass.rawValue
        datagram.append(
            bigEndian: method & 0xF | (method & 0x70) << 1 | (method & 0xF80) << 2 | (bits & 1) << 4 | (bits & 2) << 7)
        datagram.append(bigEndian: UInt16(0))
        datagram.append(bigEndian: Self.magicCookie)
        datagram.append(bigEndian: transactionID.high)
        datagram.append(bigEndian: transactionID.low)
        writeAttributes(into: &datagram)
        if let password {
            datagram.overwrite(at: 2, bigEndian: UInt16(datagram.count + 4 + Self.integritySize - Self.headerSize))
            let digest = Digests.hmacSHA1(key: Array(password.utf8), datagram.span)
            Self.append(STUNAttributeType.messageIntegrity, digest, to: &datagram)
        }
        if fingerprint {
            datagram.overwrite(at: 2, bigEndian: UInt16(datagram.count + 8 - Self.headerSize))
            var value: [UInt8] = []
            value.append(bigEndian: CRC32.checksum(datagram.span) ^ Self.fingerprintMask)
            Self.append(STUNAttributeType.fingerprint, value, to: &datagram)
        }
        datagram.overwrite(at: 2, bigEndian: UInt16(datagram.count - Self.headerSize))
    }

    private func writeAttributes(into datagram: inout [UInt8]) {
        if let software { Self.append(STUNAttributeType.software, Self.bytes(software), to: &datagram) }
        if let priority {
            var value: [UInt8] = []
            value.append(bigEndian: priority)
            Self.append(STUNAttributeType.priority, value, to: &datagram)
        }
        if let iceControlled {
            var value: [UInt8] = []
            value.append(bigEndian: iceControlled)
            Self.append(STUNAttributeType.iceControlled, value, to: &datagram)
        }
        if let iceControlling {
            var value: [UInt8] = []
            value.append(bigEndian: iceControlling)
            Self.append(STUNAttributeType.iceControlling, value, to: &datagram)
        }
        if useCandidate { Self.append(STUNAttributeType.useCandidate, [], to: &datagram) }
        if let username { Self.append(STUNAttributeType.username, Self.bytes(username), to: &datagram) }
        if let mappedAddress {
            Self.append(STUNAttributeType.mappedAddress, encode(mappedAddress, isMasked: false), to: &datagram)
        }
        if let xorMappedAddress {
            Self.append(STUNAttributeType.xorMappedAddress, encode(xorMappedAddress, isMasked: true), to: &datagram)
        }
        if let errorCode {
            let value = [0, 0, UInt8(errorCode.code / 100), UInt8(errorCode.code % 100)] + Self.bytes(errorCode.reason)
            Self.append(STUNAttributeType.errorCode, value, to: &datagram)
        }
        if !unknownAttributes.isEmpty {
            var value: [UInt8] = []
            for type in unknownAttributes.prefix(32) { value.append(bigEndian: type) }
            Self.append(STUNAttributeType.unknownAttributes, value, to: &datagram)
        }
    }

    private func encode(_ address: SocketAddress, isMasked: Bool) -> [UInt8] {
        let mask = isMasked ? Self.magicCookie : 0
        var value: [UInt8] = [0, address.ip.isV6 ? 2 : 1]
        value.append(bigEndian: address.port ^ UInt16(mask >> 16))
        switch address.ip {
        case .v4(let bits):
            value.append(bigEndian: bits ^ mask)
        case .v6(let high, let low):
            value.append(bigEndian: high ^ (isMasked ? UInt64(mask) << 32 | UInt64(transactionID.high) : 0))
            value.append(bigEndian: low ^ (isMasked ? transactionID.low : 0))
        }
        return value
    }

    /// Text of at most 763 bytes, which keeps every message far below the 16-bit length.
    private static func bytes(_ text: String) -> [UInt8] {
        Array(text.utf8.prefix(763))
    }

    private static func append(_ type: UInt16, _ value: [UInt8], to datagram: inout [UInt8]) {
        datagram.append(bigEndian: type)
        datagram.append(bigEndian: UInt16(value.count))
        datagram.append(contentsOf: value)
        for _ in 0..<(4 - value.count % 4) % 4 { datagram.append(0) }
    }
}

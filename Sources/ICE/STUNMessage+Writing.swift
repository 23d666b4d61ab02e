import Base
import Digests

extension STUNMessage {
    /// Writes the message, replacing what `datagram` held.
    ///
    /// - Parameters:
    ///   - password: signs the message with MESSAGE-INTEGRITY (HMAC-SHA1); nil leaves that out.
    ///   - fingerprint: appends FINGERPRINT, as ICE demands of every message (RFC 8445 §7.1).
    public func write(into datagram: inout [UInt8], password: String?, fingerprint: Bool = true) {
        write(into: &datagram, key: password.map { Array($0.utf8) }, fingerprint: fingerprint)
    }

    /// The same with a key that is no password, as long-term credentials have it (RFC 8489 §9.2.2).
    public func write(into datagram: inout [UInt8], key: [UInt8]?, fingerprint: Bool = true) {
        datagram.removeAll(keepingCapacity: true)
        let bits = messageClass.rawValue
        datagram.append(
            bigEndian: method & 0xF | (method & 0x70) << 1 | (method & 0xF80) << 2 | (bits & 1) << 4 | (bits & 2) << 7)
        datagram.append(bigEndian: UInt16(0))
        datagram.append(bigEndian: Self.magicCookie)
        datagram.append(bigEndian: transactionID.high)
        datagram.append(bigEndian: transactionID.low)
        writeAttributes(into: &datagram)
        writeRelayAttributes(into: &datagram)
        if let key {
            datagram.overwrite(at: 2, bigEndian: UInt16(datagram.count + 4 + Self.integritySize - Self.headerSize))
            let digest = Digests.hmacSHA1(key: key, datagram.span)
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

    private func writeRelayAttributes(into datagram: inout [UInt8]) {
        if let channelNumber {
            let value = [UInt8(channelNumber >> 8), UInt8(channelNumber & 0xFF), 0, 0]
            Self.append(STUNAttributeType.channelNumber, value, to: &datagram)
        }
        if let lifetime {
            var value: [UInt8] = []
            value.append(bigEndian: lifetime)
            Self.append(STUNAttributeType.lifetime, value, to: &datagram)
        }
        if let peerAddress {
            Self.append(STUNAttributeType.xorPeerAddress, encode(peerAddress, isMasked: true), to: &datagram)
        }
        if let relayedAddress {
            Self.append(STUNAttributeType.xorRelayedAddress, encode(relayedAddress, isMasked: true), to: &datagram)
        }
        if let requestedAddressFamily {
            let value = [requestedAddressFamily, 0, 0, 0]
            Self.append(STUNAttributeType.requestedAddressFamily, value, to: &datagram)
        }
        if let requestedTransport {
            Self.append(STUNAttributeType.requestedTransport, [requestedTransport, 0, 0, 0], to: &datagram)
        }
        if let realm { Self.append(STUNAttributeType.realm, Self.bytes(realm), to: &datagram) }
        if let nonce { Self.append(STUNAttributeType.nonce, Array(nonce.prefix(763)), to: &datagram) }
        if let alternateServer {
            Self.append(STUNAttributeType.alternateServer, encode(alternateServer, isMasked: false), to: &datagram)
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

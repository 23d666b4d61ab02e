import Base

extension STUNMessage {
    /// Reads one message that fills the whole datagram. Hostile bytes throw; a wrong FINGERPRINT does, too.
    ///
    /// MESSAGE-INTEGRITY is only located here: `isAuthentic` checks it. Of attributes that appear twice the first
    /// counts, and after MESSAGE-INTEGRITY only FINGERPRINT does (RFC 8489 §14, §14.5).
    public init(parsing datagram: Span<UInt8>) throws(ICEError) {
        guard Self.hasHeader(datagram) else {
            throw .malformedSTUN(
                expected: "a 20-byte header with the magic cookie and a matching length", found: datagram.count)
        }
        do {
            var reader = ByteReader(datagram)
            let type = try reader.readUInt16()
            try reader.skip(6)
            let id = STUNTransactionID(high: try reader.readUInt32(), low: try reader.readUInt64())
            // The two bits of the class stand among those of the method (RFC 8489 §5, figure 3).
            let messageClass = Class(rawValue: type >> 4 & 1 | type >> 7 & 2) ?? .request
            self.init(messageClass, method: type & 0xF | type >> 1 & 0x70 | type >> 2 & 0xF80, transactionID: id)
            while !reader.isAtEnd {
                guard !hasFingerprint else {
                    throw ICEError.malformedSTUN(
                        expected: "FINGERPRINT to be last; bytes after it", found: reader.remaining)
                }
                try readAttribute(&reader, of: datagram)
            }
        } catch let error as ICEError {
            throw error
        } catch let error as ByteReaderError {
            throw .malformedSTUN(expected: "\(error.needed) more bytes of an attribute", found: error.available)
        } catch {
            throw .malformedSTUN(expected: "attributes", found: datagram.count)
        }
    }

    private mutating func readAttribute(_ reader: inout ByteReader, of datagram: Span<UInt8>) throws {
        let offset = reader.offset
        let type = try reader.readUInt16()
        let length = Int(try reader.readUInt16())
        let value = try reader.readSpan(length)
        try reader.skip((4 - length % 4) % 4)

        if type == STUNAttributeType.fingerprint {
            try Self.expect(4, value)
            var field = ByteReader(value)
            let checksum = CRC32.checksum(datagram.extracting(0..<offset)) ^ Self.fingerprintMask
            guard try field.readUInt32() == checksum else {
                throw ICEError.malformedSTUN(expected: "the FINGERPRINT of these bytes", found: Int(checksum))
            }
            hasFingerprint = true
        } else if integrityOffset == nil {
            try readContent(type, value, at: offset)
        }
    }

    private mutating func readContent(_ type: UInt16, _ value: Span<UInt8>, at offset: Int) throws {
        var field = ByteReader(value)
        switch type {
        case STUNAttributeType.messageIntegrity:
            try Self.expect(Self.integritySize, value)
            integrityOffset = offset
        case STUNAttributeType.username:
            username = username ?? Self.text(value)
        case STUNAttributeType.software:
            software = software ?? Self.text(value)
        case STUNAttributeType.priority:
            try Self.expect(4, value)
            priority = try priority ?? field.readUInt32()
        case STUNAttributeType.iceControlled:
            try Self.expect(8, value)
            iceControlled = try iceControlled ?? field.readUInt64()
        case STUNAttributeType.iceControlling:
            try Self.expect(8, value)
            iceControlling = try iceControlling ?? field.readUInt64()
        case STUNAttributeType.useCandidate:
            useCandidate = true
        case STUNAttributeType.mappedAddress:
            mappedAddress = try mappedAddress ?? readAddress(&field, isMasked: false)
        case STUNAttributeType.xorMappedAddress:
            xorMappedAddress = try xorMappedAddress ?? readAddress(&field, isMasked: true)
        case STUNAttributeType.errorCode:
            try field.skip(2)
            let hundreds = Int(try field.readUInt8() & 7)
            let number = Int(try field.readUInt8())
            guard (3...6).contains(hundreds), number < 100 else {
                throw ICEError.malformedSTUN(expected: "an error code 300…699", found: hundreds * 100 + number)
            }
            let reason = Self.text(try field.readSpan(field.remaining))
            errorCode = errorCode ?? STUNErrorCode(code: hundreds * 100 + number, reason: reason)
        case STUNAttributeType.unknownAttributes:
            guard unknownAttributes.isEmpty else { return }
            while field.remaining >= 2, unknownAttributes.count < 32 {
                unknownAttributes.append(try field.readUInt16())
            }
        default:
            try readRelayContent(type, value)
        }
    }

    /// What only long-term credentials and TURN use.
    private mutating func readRelayContent(_ type: UInt16, _ value: Span<UInt8>) throws {
        var field = ByteReader(value)
        switch type {
        case STUNAttributeType.realm:
            realm = realm ?? Self.text(value)
        case STUNAttributeType.nonce:
            nonce = try nonce ?? field.readBytes(min(value.count, 763))
        case STUNAttributeType.channelNumber:
            try Self.expect(4, value)
            channelNumber = try channelNumber ?? field.readUInt16()
        case STUNAttributeType.lifetime:
            try Self.expect(4, value)
            lifetime = try lifetime ?? field.readUInt32()
        case STUNAttributeType.xorPeerAddress:
            peerAddress = try peerAddress ?? readAddress(&field, isMasked: true)
        case STUNAttributeType.xorRelayedAddress:
            relayedAddress = try relayedAddress ?? readAddress(&field, isMasked: true)
        case STUNAttributeType.requestedAddressFamily:
            try Self.expect(4, value)
            requestedAddressFamily = try requestedAddressFamily ?? field.readUInt8()
        case STUNAttributeType.requestedTransport:
            try Self.expect(4, value)
            requestedTransport = try requestedTransport ?? field.readUInt8()
        case STUNAttributeType.alternateServer:
            alternateServer = try alternateServer ?? readAddress(&field, isMasked: false)
        case STUNAttributeType.data, STUNAttributeType.messageIntegritySHA256, STUNAttributeType.passwordAlgorithm,
            STUNAttributeType.userhash:
            break  // Known, but read elsewhere or of no use to clients that sign with SHA-1.
        default:
            if STUNAttributeType.mustBeUnderstood(type), notUnderstood.count < 32 { notUnderstood.append(type) }
        }
    }

    /// MAPPED-ADDRESS (RFC 8489 §14.1) or XOR-MAPPED-ADDRESS (§14.2).
    private func readAddress(_ field: inout ByteReader, isMasked: Bool) throws -> SocketAddress {
        try field.skip(1)
        let family = try field.readUInt8()
        let mask = isMasked ? Self.magicCookie : 0
        let port = try field.readUInt16() ^ UInt16(mask >> 16)
        switch family {
        case 1:
            return SocketAddress(ip: .v4(try field.readUInt32() ^ mask), port: port)
        case 2:
            let high = try field.readUInt64() ^ (isMasked ? UInt64(mask) << 32 | UInt64(transactionID.high) : 0)
            let low = try field.readUInt64() ^ (isMasked ? transactionID.low : 0)
            return SocketAddress(ip: .v6(high: high, low: low), port: port)
        default:
            throw ICEError.malformedSTUN(expected: "address family 1 or 2", found: Int(family))
        }
    }

    private static func expect(_ count: Int, _ value: Span<UInt8>) throws(ICEError) {
        guard value.count == count else {
            throw .malformedSTUN(expected: "an attribute of \(count) bytes", found: value.count)
        }
    }

    /// UTF-8 text of at most 763 bytes (RFC 8489 §14.14); broken sequences become U+FFFD.
    private static func text(_ value: Span<UInt8>) -> String {
        var bytes: [UInt8] = []
        bytes.append(contentsOf: value.extracting(0..<min(value.count, 763)))
        return String(decoding: bytes, as: UTF8.self)
    }
}

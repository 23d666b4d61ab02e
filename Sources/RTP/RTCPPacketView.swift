public import Base

/// One RTCP packet of a datagram, read in place. Each accessor throws when the packet is of another kind or too short.
public struct RTCPPacketView: ~Escapable {
    public let kind: RTCPKind
    /// The five bits after version and padding: a count of blocks, or a feedback format.
    public let format: UInt8
    /// What follows the four bytes of common header, padding excluded.
    public let body: Span<UInt8>

    @_lifetime(copy body)
    init(packetType: UInt8, format: UInt8, body: Span<UInt8>) {
        kind = RTCPKind(packetType: packetType, format: format)
        self.format = format
        self.body = body
    }

    func expect(_ expected: RTCPKind, byteCount: Int) throws(RTPError) {
        guard kind == expected else { throw .wrongKind(expected: expected, found: kind) }
        try body.require(byteCount)
    }

    /// Who sent this packet: the first word of every kind but SDES.
    public var senderSSRC: SSRC? {
        kind == .sourceDescription || body.count < 4 ? nil : SSRC(body.loadUInt32(0))
    }

    /// Which stream a feedback packet is about, or nil when this is no feedback.
    public var mediaSSRC: SSRC? {
        switch kind {
        case .nack, .transportFeedback, .pictureLossIndication, .fullIntraRequest, .applicationLayerFeedback:
            body.count < 8 ? nil : SSRC(body.loadUInt32(4))
        case .senderReport, .receiverReport, .sourceDescription, .goodbye, .extendedReport, .unknown:
            nil
        }
    }

    public func senderReport() throws(RTPError) -> SenderReport {
        try expect(.senderReport, byteCount: 24)
        return SenderReport(
            ssrc: SSRC(body.loadUInt32(0)), ntpTime: NTPTime(raw: body.loadUInt64(4)),
            rtpTimestamp: body.loadUInt32(12), packetCount: body.loadUInt32(16), octetCount: body.loadUInt32(20))
    }

    /// Report blocks of a sender or receiver report that are really there; 0 for other kinds.
    public var reportBlockCount: Int {
        min(Int(format), max(0, body.count - (reportBlockOffset ?? body.count)) / ReportBlock.byteCount)
    }

    private var reportBlockOffset: Int? {
        kind == .senderReport ? 24 : kind == .receiverReport ? 4 : nil
    }

    /// - Parameter index: below `reportBlockCount`.
    public func reportBlock(_ index: Int) -> ReportBlock {
        precondition((0..<reportBlockCount).contains(index), "no report block \(index)")
        let offset = (reportBlockOffset ?? 0) + index * ReportBlock.byteCount
        return ReportBlock(body.extracting(offset..<offset + ReportBlock.byteCount))
    }

    /// The block about one of our streams, or nil.
    public func reportBlock(about ssrc: SSRC) -> ReportBlock? {
        for index in 0..<reportBlockCount {
            let block = reportBlock(index)
            if block.ssrc == ssrc { return block }
        }
        return nil
    }

    /// Calls `body` with each sequence number that a NACK names, in its order (RFC 4585 §6.2.1).
    public func forEachLostSequenceNumber(_ handle: (SequenceNumber) -> Void) throws(RTPError) {
        try expect(.nack, byteCount: 8)
        for offset in stride(from: 8, through: body.count - 4, by: 4) {
            let packet = SequenceNumber(body.loadUInt16(offset))
            let mask = body.loadUInt16(offset + 2)
            handle(packet)
            for bit in 0..<UInt16(16) where mask >> bit & 1 != 0 {
                handle(packet.advanced(by: bit + 1))
            }
        }
    }

    /// Calls `body` with each stream that a FIR names and the command's own sequence number (RFC 5104 §4.3.1).
    public func forEachFullIntraRequest(_ handle: (SSRC, UInt8) -> Void) throws(RTPError) {
        try expect(.fullIntraRequest, byteCount: 8)
        for offset in stride(from: 8, through: body.count - 8, by: 8) {
            handle(SSRC(body.loadUInt32(offset)), body[offset + 4])
        }
    }

    /// The REMB in an application layer feedback packet (draft-alvestrand-rmcat-remb-03 §2.2).
    /// - Throws: `.malformed(.remb)` when it carries something else.
    public func remb() throws(RTPError) -> REMB {
        try expect(.applicationLayerFeedback, byteCount: 16)
        guard body.loadUInt32(8) == REMB.identifier else { throw .malformed(.remb) }
        let exponent = UInt64(body[13] >> 2)
        let mantissa = UInt64(body[13] & 3) << 16 | UInt64(body.loadUInt16(14))
        let bitrate = exponent > 46 ? UInt64.max : mantissa << exponent
        return REMB(senderSSRC: SSRC(body.loadUInt32(0)), bitrate: bitrate)
    }

    /// Calls `handle` with each source and its canonical name (RFC 3550 §6.5.1). Ends quietly at the first malformed
    /// chunk.
    public func forEachCanonicalName(_ handle: (SSRC, String) -> Void) throws(RTPError) {
        try expect(.sourceDescription, byteCount: 0)
        var offset = 0
        for _ in 0..<format {
            guard offset + 4 < body.count else { return }
            let ssrc = SSRC(body.loadUInt32(offset))
            offset += 4
            while offset < body.count, body[offset] != 0 {
                guard offset + 2 <= body.count, offset + 2 + Int(body[offset + 1]) <= body.count else { return }
                let end = offset + 2 + Int(body[offset + 1])
                if body[offset] == 1 {
                    var name: [UInt8] = []
                    name.append(contentsOf: body.extracting(offset + 2..<end))
                    handle(ssrc, String(decoding: name, as: UTF8.self))
                }
                offset = end
            }
            // At least one zero ends the items; the next chunk starts on a word.
            offset = (offset / 4 + 1) * 4
        }
    }

    /// Calls `handle` with each source that leaves (RFC 3550 §6.6).
    public func forEachGoodbye(_ handle: (SSRC) -> Void) throws(RTPError) {
        try expect(.goodbye, byteCount: Int(format) * 4)
        for index in 0..<Int(format) { handle(SSRC(body.loadUInt32(index * 4))) }
    }

    /// The receiver reference time of an extended report, if it has one (RFC 3611 §4.4).
    public func receiverReferenceTime() throws(RTPError) -> NTPTime? {
        var found: NTPTime?
        try forEachExtendedBlock { type, range in
            if type == 4, range.count >= 8 { found = NTPTime(raw: body.loadUInt64(range.lowerBound)) }
        }
        return found
    }

    /// What an extended report says about when it had our last reference time, if it does (RFC 3611 §4.5).
    public func delaySinceLastReferenceTime(for ssrc: SSRC) throws(RTPError) -> ReferenceTimeReply? {
        var found: ReferenceTimeReply?
        try forEachExtendedBlock { type, range in
            guard type == 5 else { return }
            for offset in stride(from: range.lowerBound, through: range.upperBound - 12, by: 12)
            where SSRC(body.loadUInt32(offset)) == ssrc {
                found = ReferenceTimeReply(
                    ssrc: ssrc, lastReferenceTime: body.loadUInt32(offset + 4), delay: body.loadUInt32(offset + 8))
            }
        }
        return found
    }

    private func forEachExtendedBlock(_ handle: (UInt8, Range<Int>) -> Void) throws(RTPError) {
        try expect(.extendedReport, byteCount: 4)
        var offset = 4
        while offset + 4 <= body.count {
            let end = offset + 4 + Int(body.loadUInt16(offset + 2)) * 4
            guard end <= body.count else { return }
            handle(body[offset], offset + 4..<end)
            offset = end
        }
    }
}

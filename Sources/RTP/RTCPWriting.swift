public import Base

// Writing of RTCP packets into the caller's buffer. Each call appends one whole packet; several make a compound one.

extension [UInt8] {
    /// Appends an SR.
    /// - Parameter blocks: at most 31; the rest belongs into receiver reports.
    public mutating func appendRTCP(_ report: SenderReport, blocks: ArraySlice<ReportBlock> = []) {
        let start = beginRTCP(packetType: 200, format: UInt8(checkedBlocks: blocks.count))
        append(bigEndian: report.ssrc.rawValue)
        append(bigEndian: report.ntpTime.raw)
        append(bigEndian: report.rtpTimestamp)
        append(bigEndian: report.packetCount)
        append(bigEndian: report.octetCount)
        for block in blocks { block.append(to: &self) }
        endRTCP(start)
    }

    /// Appends an RR, which may be empty.
    /// - Parameter blocks: at most 31.
    public mutating func appendRTCPReceiverReport(from ssrc: SSRC, blocks: ArraySlice<ReportBlock> = []) {
        let start = beginRTCP(packetType: 201, format: UInt8(checkedBlocks: blocks.count))
        append(bigEndian: ssrc.rawValue)
        for block in blocks { block.append(to: &self) }
        endRTCP(start)
    }

    /// Appends an SDES packet with one chunk: the canonical name of `ssrc` (RFC 3550 §6.5.1).
    /// - Parameter name: cut at 255 bytes.
    public mutating func appendRTCPCanonicalName(_ name: String, of ssrc: SSRC) {
        let start = beginRTCP(packetType: 202, format: 1)
        append(bigEndian: ssrc.rawValue)
        append(1)
        append(UInt8(Swift.min(name.utf8.count, 255)))
        append(contentsOf: name.utf8.prefix(255))
        repeat { append(0) } while (count - start) % 4 != 0
        endRTCP(start)
    }

    /// Appends a BYE (RFC 3550 §6.6).
    /// - Parameter sources: at most 31.
    public mutating func appendRTCPGoodbye(_ sources: [SSRC]) {
        let start = beginRTCP(packetType: 203, format: UInt8(checkedBlocks: sources.count))
        for ssrc in sources { append(bigEndian: ssrc.rawValue) }
        endRTCP(start)
    }

    /// Appends a NACK that names all of `lost`, packed into bit masks (RFC 4585 §6.2.1).
    /// - Parameter lost: in ascending serial order, at least one.
    public mutating func appendRTCPNack(from sender: SSRC, about media: SSRC, lost: ArraySlice<SequenceNumber>) {
        let start = beginFeedback(packetType: 205, format: 1, sender: sender, media: media)
        var index = lost.startIndex
        while index < lost.endIndex {
            let first = lost[index]
            var mask: UInt16 = 0
            index += 1
            while index < lost.endIndex {
                let distance = lost[index].raw &- first.raw
                guard (1...16).contains(distance) else { break }
                mask |= 1 << (distance - 1)
                index += 1
            }
            append(bigEndian: first.raw)
            append(bigEndian: mask)
        }
        endRTCP(start)
    }

    /// Appends a PLI (RFC 4585 §6.3.1).
    public mutating func appendRTCPPictureLossIndication(from sender: SSRC, about media: SSRC) {
        endRTCP(beginFeedback(packetType: 206, format: 1, sender: sender, media: media))
    }

    /// Appends a FIR (RFC 5104 §4.3.1).
    /// - Parameter command: one more with each new request, the same when one is repeated.
    public mutating func appendRTCPFullIntraRequest(from sender: SSRC, about media: SSRC, command: UInt8) {
        // The media field of the common header is not used and is zero.
        let start = beginFeedback(packetType: 206, format: 4, sender: sender, media: SSRC(0))
        append(bigEndian: media.rawValue)
        append(command)
        append(bigEndian24: 0)
        endRTCP(start)
    }

    /// Appends a REMB.
    /// - Parameter sources: the streams the estimate is about, at most 255.
    public mutating func appendRTCP(_ remb: REMB, sources: [SSRC]) {
        precondition(sources.count <= 255, "a REMB names at most 255 sources")
        let start = beginFeedback(packetType: 206, format: 15, sender: remb.senderSSRC, media: SSRC(0))
        append(bigEndian: REMB.identifier)
        append(UInt8(sources.count))
        let exponent = Swift.max(0, 64 - remb.bitrate.leadingZeroBitCount - 18)
        let mantissa = UInt32(truncatingIfNeeded: remb.bitrate >> UInt64(exponent))
        append(bigEndian24: UInt32(exponent) << 18 | mantissa)
        for source in sources { append(bigEndian: source.rawValue) }
        endRTCP(start)
    }

    /// Appends an extended report with our reference time, which a sender answers (RFC 3611 §4.4).
    public mutating func appendRTCPReceiverReferenceTime(_ time: NTPTime, from ssrc: SSRC) {
        let start = beginRTCP(packetType: 207, format: 0)
        append(bigEndian: ssrc.rawValue)
        append(bigEndian: 0x0400_0002 as UInt32)
        append(bigEndian: time.raw)
        endRTCP(start)
    }

    /// Appends an extended report that answers receivers' reference times (RFC 3611 §4.5).
    public mutating func appendRTCPReferenceTimeReplies(_ replies: [ReferenceTimeReply], from ssrc: SSRC) {
        let start = beginRTCP(packetType: 207, format: 0)
        append(bigEndian: ssrc.rawValue)
        append(bigEndian: 0x0500 as UInt16)
        append(bigEndian: UInt16(replies.count * 3))
        for reply in replies {
            append(bigEndian: reply.ssrc.rawValue)
            append(bigEndian: reply.lastReferenceTime)
            append(bigEndian: reply.delay)
        }
        endRTCP(start)
    }

    /// Writes the common header and returns where it stands.
    mutating func beginRTCP(packetType: UInt8, format: UInt8) -> Int {
        let start = count
        append(0x80 | format)
        append(packetType)
        append(bigEndian: 0 as UInt16)
        return start
    }

    mutating func beginFeedback(packetType: UInt8, format: UInt8, sender: SSRC, media: SSRC) -> Int {
        let start = beginRTCP(packetType: packetType, format: format)
        append(bigEndian: sender.rawValue)
        append(bigEndian: media.rawValue)
        return start
    }

    /// Fills in the length, in words, of the packet that began at `start`.
    mutating func endRTCP(_ start: Int) {
        overwrite(at: start + 2, bigEndian: UInt16((count - start) / 4 - 1))
    }
}

extension UInt8 {
    fileprivate init(checkedBlocks count: Int) {
        precondition(count <= 31, "an RTCP packet has room for 31 blocks, not \(count)")
        self.init(count)
    }
}

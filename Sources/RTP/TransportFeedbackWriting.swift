import Base

extension [UInt8] {
    /// Appends transport-wide feedback with the fewest chunks that a greedy choice gives: runs where they are long,
    /// one-bit vectors where all deltas are small, two-bit vectors elsewhere.
    ///
    /// - Parameter feedback: at least one status.
    public mutating func appendRTCP(_ feedback: TransportFeedback) {
        precondition(!feedback.statuses.isEmpty && feedback.statuses.count <= 0xFFFF, "1 to 65535 statuses")
        let start = beginFeedback(
            packetType: 205, format: 15, sender: feedback.senderSSRC, media: feedback.mediaSSRC)
        append(bigEndian: feedback.baseSequenceNumber.raw)
        append(bigEndian: UInt16(feedback.statuses.count))
        append(bigEndian24: UInt32(bitPattern: feedback.referenceTime))
        append(feedback.feedbackCount)
        var index = 0
        while index < feedback.statuses.count {
            index += appendChunk(feedback.statuses[index...])
        }
        for case .received(let delta) in feedback.statuses {
            if (0...255).contains(delta) {
                append(UInt8(delta))
            } else {
                append(bigEndian: UInt16(bitPattern: delta))
            }
        }
        endRTCPWithPadding(start)
    }

    /// Appends one chunk and returns how many statuses it covers.
    private mutating func appendChunk(_ statuses: ArraySlice<TransportFeedback.Status>) -> Int {
        let first = statuses[statuses.startIndex].symbol
        let run = statuses.prefix(0x1FFF).prefix { $0.symbol == first }.count
        let smallVector = statuses.prefix(14)
        let fitsOneBit = smallVector.allSatisfy { $0.symbol < 2 }
        let vectorLength = fitsOneBit ? smallVector.count : Swift.min(7, statuses.count)
        if run >= vectorLength {
            append(bigEndian: first << 13 | UInt16(run))
            return run
        }
        var chunk: UInt16 = fitsOneBit ? 0x8000 : 0xC000
        for (position, status) in statuses.prefix(vectorLength).enumerated() {
            chunk |= status.symbol << UInt16(fitsOneBit ? 13 - position : 12 - position * 2)
        }
        append(bigEndian: chunk)
        return vectorLength
    }

    /// Pads to a word with the padding bit set, as the draft asks, and fills in the length.
    private mutating func endRTCPWithPadding(_ start: Int) {
        let padding = (4 - (count - start) % 4) % 4
        if padding > 0 {
            for _ in 1..<padding { append(0) }
            append(UInt8(padding))
            self[start] |= 0x20
        }
        endRTCP(start)
    }
}

extension TransportFeedback.Status {
    /// 0 for not received, 1 for a small delta, 2 for a large or negative one.
    fileprivate var symbol: UInt16 {
        switch self {
        case .lost: 0
        case .received(let delta): (0...255).contains(delta) ? 1 : 2
        }
    }
}

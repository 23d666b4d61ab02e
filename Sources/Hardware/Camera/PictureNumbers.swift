/// Numbers a source's pictures through restarts and wrap-arounds; a gap is a picture that was lost.
struct PictureNumbers: Sendable {
    private var number: UInt64 = 0
    private var previous: UInt32?

    /// The number of the picture that the driver counts as `sequence`.
    mutating func number(_ sequence: UInt32) -> UInt64 {
        if let previous {
            let step = sequence &- previous
            // Some drivers count backwards or not at all: then pictures count one by one.
            number += (1...1 << 16).contains(step) ? UInt64(step) : 1
        }
        previous = sequence
        return number
    }

    /// The picture just numbered is left out by intent: no gap.
    mutating func leaveOut() {
        if number > 0 { number -= 1 }
    }

    /// The driver begins to count anew: one gap, whatever was lost.
    mutating func restart() {
        if previous != nil { number += 2 }
        previous = nil
    }
}

/// Where an adapter is on the bus.
struct CECAddresses: Hashable {
    /// Where the cable is plugged in, as the television counts: 0x1000 is its input 1; 0xFFFF = nowhere.
    var physical: UInt16
    /// The claimed logical addresses, one bit each.
    var logicalMask: UInt16

    static let none = CECAddresses(physical: 0xFFFF, logicalMask: 0)

    /// The address of our messages; nil while there is none. 15, unregistered, is one that nobody can answer.
    var logical: UInt8? {
        let claimed = logicalMask & 0x7FFF
        return physical == 0xFFFF || claimed == 0 ? nil : UInt8(claimed.trailingZeroBitCount)
    }
}

/// The kernel's messages about links and addresses (rtnetlink(7)), as far as one needs them to know that something changed.
enum NetlinkMessages {
    private static let headerSize = 16
    /// Messages may have been lost.
    private static let overrun: UInt16 = 4
    private static let newLink: UInt16 = 16
    private static let deletedLink: UInt16 = 17
    private static let newAddress: UInt16 = 20
    private static let deletedAddress: UInt16 = 21

    /// Whether a datagram of messages tells of a link or an address that came, went or changed.
    ///
    /// Lengths that make no sense end the look at the datagram.
    static func tellOfChange(_ bytes: Span<UInt8>) -> Bool {
        var offset = 0
        while bytes.count - offset >= headerSize {
            // In the machine's own byte order, which on all we run on is little-endian.
            let length = (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
            guard length >= headerSize, length <= bytes.count - offset else { return false }
            switch UInt16(bytes[offset + 4]) | UInt16(bytes[offset + 5]) << 8 {
            case newLink, deletedLink, newAddress, deletedAddress, overrun: return true
            default: break
            }
            // Aligned to 4 bytes (netlink(7), NLMSG_ALIGN).
            offset += (length + 3) & ~3
        }
        return false
    }
}

import Base

/// Turns bursts of messages about the network into one look at the addresses, and tells only of real changes.
///
/// Router advertisements renew IPv6 addresses every few minutes and say so; nothing has changed then.
struct ChangeSettler {
    /// From the first message of a burst to the look: an address comes with several of them.
    private static let patience = Duration.milliseconds(100)

    private var known: Set<IPAddress>
    /// When to look; nil while nothing has been heard.
    private(set) var deadline: Instant?

    init(_ addresses: Set<IPAddress>) {
        known = addresses
    }

    mutating func heard(at now: Instant) {
        deadline = deadline ?? now + Self.patience
    }

    /// - Parameter addresses: the machine's now.
    /// - Returns: whether they are others than before.
    mutating func looked(at addresses: Set<IPAddress>) -> Bool {
        deadline = nil
        defer { known = addresses }
        return addresses != known
    }
}

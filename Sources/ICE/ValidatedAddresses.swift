import Base

/// Remote addresses that a STUN check proved, the newest last; bounded, and the one in use is never forgotten.
struct ValidatedAddresses: Sendable {
    private var addresses: [SocketAddress] = []

    func contains(_ address: SocketAddress) -> Bool {
        addresses.contains(address)
    }

    mutating func insert(_ address: SocketAddress, keeping selected: SocketAddress?) {
        guard !addresses.contains(address) else { return }
        if addresses.count >= ICETiming.maximumValidatedAddresses,
            let oldest = addresses.firstIndex(where: { $0 != selected })
        {
            addresses.remove(at: oldest)
        }
        addresses.append(address)
    }

    mutating func removeAll() {
        addresses.removeAll()
    }
}

/// Gives out small numbers that must mean one thing in all sections of a BUNDLE group: payload types (RFC 9143 §10.1.1)
/// and ids of header extensions (RFC 9143 §9.1).
struct IdentifierAllocator {
    private var owners: [UInt8: String] = [:]
    /// Where to look when the preferred number is taken, in this order.
    let pool: [UInt8]

    static var payloadTypes: IdentifierAllocator {
        IdentifierAllocator(pool: Array(96...127) + Array(35...63))
    }

    /// One-byte ids only.
    static var extensionIDs: IdentifierAllocator {
        IdentifierAllocator(pool: Array(1...14))
    }

    init(pool: [UInt8]) {
        self.pool = pool
    }

    /// Records that `number` means `name` already; the first claim stays.
    mutating func note(_ number: UInt8, means name: String) {
        if owners[number] == nil { owners[number] = name }
    }

    /// The number that means `name`: the one it has, else `preferred`, else a free one; nil when none is left.
    mutating func claim(_ name: String, preferred: UInt8) -> UInt8? {
        let own = owners.filter { $0.value == name }.keys.min()
        if let own { return own }
        guard let number = owners[preferred] == nil ? preferred : pool.first(where: { owners[$0] == nil }) else {
            return nil
        }
        owners[number] = name
        return number
    }
}

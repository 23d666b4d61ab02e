import ControlAPI

/// Counts what is queued for each client and says who has to go: whoever has more than its share queued beside one
/// snapshot, and, when all queues together are too much, whoever has most.
struct OutputLedger {
    struct Limits: Hashable, Sendable {
        /// Bytes a client may have queued, one snapshot not counted.
        var perClient = 4 << 20
        /// Bytes queued over all clients, snapshots counted.
        var total = 64 << 20
    }

    /// One line in the queue.
    struct Entry: Hashable {
        let client: ClientID
        let bytes: Int
        /// The one snapshot that is not counted.
        let isExempt: Bool
    }

    private struct Account {
        var counted = 0
        var exempt = 0
        var hasExempt = false
    }

    let limits: Limits
    private var accounts: [ClientID: Account] = [:]
    private(set) var total = 0

    init(limits: Limits) {
        self.limits = limits
    }

    /// Bytes queued for a client.
    func queued(for client: ClientID) -> Int {
        accounts[client].map { $0.counted + $0.exempt } ?? 0
    }

    /// Enters a line.
    /// - Returns: the entry, nil when the client's own queue is full and it has to go.
    mutating func enter(_ bytes: Int, for client: ClientID, isSnapshot: Bool) -> Entry? {
        var account = accounts[client] ?? Account()
        let isExempt = isSnapshot && !account.hasExempt
        if isExempt {
            account.hasExempt = true
            account.exempt += bytes
        } else {
            guard account.counted + bytes <= limits.perClient else { return nil }
            account.counted += bytes
        }
        accounts[client] = account
        total += bytes
        return Entry(client: client, bytes: bytes, isExempt: isExempt)
    }

    /// The line was handed to the kernel. Entries of clients that were removed are ignored.
    mutating func leave(_ entry: Entry) {
        guard var account = accounts[entry.client] else { return }
        if entry.isExempt {
            account.exempt -= entry.bytes
            account.hasExempt = false
        } else {
            account.counted -= entry.bytes
        }
        total -= entry.bytes
        accounts[entry.client] = account
    }

    /// Forgets a client with all it had queued.
    mutating func remove(_ client: ClientID) {
        total -= queued(for: client)
        accounts[client] = nil
    }

    /// Who has to go for the sum to fit: the client with most queued; nil when it fits.
    var worstOffender: ClientID? {
        guard total > limits.total else { return nil }
        return accounts.max { left, right in
            (left.value.counted + left.value.exempt, left.key) < (right.value.counted + right.value.exempt, right.key)
        }?.key
    }
}

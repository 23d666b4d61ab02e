import Base

/// Times and bounds of the agent; fixed, because no deployment of ours needs others.
enum ICETiming {
    /// Ta: between new transactions (RFC 8445 §14.2).
    static let pace: Duration = .milliseconds(50)
    /// The least RTO (RFC 8445 §14.3).
    static let minimumRTO: Duration = .milliseconds(500)
    /// How long a usable but not the best pair waits for better ones before it is nominated.
    static let comparison: Duration = .milliseconds(200)
    /// Unanswered sendings of a nomination (3.5 s) after which another valid pair is nominated instead.
    static let nominationAttempts = 4
    /// Consent requests go out every 4…6 s (RFC 7675 §5.1).
    static let consentInterval: ClosedRange<Int64> = 4_000_000_000...6_000_000_000
    /// Silence on the selected pair that is reported: two consent requests and their answers were lost at least.
    static let disconnection: Duration = .seconds(12)
    /// Consent to send expires (RFC 7675 §5.1).
    static let consentExpiry: Duration = .seconds(30)
    /// Checks go on at least this long before ICE fails, even without a single pair (RFC 8863 §4: 39.5 s).
    static let patience: Duration = .milliseconds(39500)
    /// Tr: NAT bindings towards STUN servers are refreshed (RFC 8445 §11).
    static let keepalive: Duration = .seconds(15)
    /// A controlling peer that nominates a pair of lower priority means it when it has been silent on the better one.
    static let staleNomination: Duration = .seconds(3)
    /// Requests to a STUN server, and the wait after the last in units of the RTO: given up after 5.5 s.
    static let gatheringRequests = 5
    static let gatheringLastWait = 4

    static let maximumSockets = 16
    static let maximumTURNServers = 8
    static let maximumRelays = 16
    static let maximumLocalCandidates = 64
    static let maximumSignalledCandidates = 64
    static let maximumPeerReflexiveCandidates = 32
    static let maximumHeldCandidates = 64
    static let maximumUnresolvedCandidates = 16
    /// RFC 8445 §6.1.2.5.
    static let maximumPairs = 100
    static let maximumTransactions = 256
    static let maximumTransactionsPerPair = 6
    static let maximumValidatedAddresses = 64
    static let transmitQueue = 128
    static let eventQueue = 256
}

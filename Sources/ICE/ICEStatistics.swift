/// What an agent has counted since it was made.
public struct ICEStatistics: Hashable, Sendable {
    /// Datagrams that no STUN parser takes, or with a wrong FINGERPRINT.
    public var malformedDatagrams: UInt64 = 0
    /// Datagrams on sockets the agent does not know, or after it failed or was closed.
    public var unexpectedDatagrams: UInt64 = 0
    /// Requests without our fragment or without the right MESSAGE-INTEGRITY; they are not answered.
    public var unauthenticatedRequests: UInt64 = 0
    /// Responses without the right MESSAGE-INTEGRITY; the transaction goes on.
    public var unauthenticatedResponses: UInt64 = 0
    /// Responses to no transaction we have, such as late duplicates.
    public var unmatchedResponses: UInt64 = 0
    public var requestsReceived: UInt64 = 0
    public var responsesReceived: UInt64 = 0
    public var indicationsReceived: UInt64 = 0
    public var requestsSent: UInt64 = 0
    public var retransmissions: UInt64 = 0
    public var responsesSent: UInt64 = 0
    public var consentRequestsSent: UInt64 = 0
    public var roleConflicts: UInt64 = 0
    /// Remote candidates, signalled or learnt, that were not taken.
    public var ignoredCandidates: UInt64 = 0
    /// Pairs not made, or thrown out, because there were too many.
    public var refusedPairs: UInt64 = 0
    /// Datagrams that were to go through a relay and could not: no permission yet, or no allocation any more.
    public var unrelayedDatagrams: UInt64 = 0
    /// Peers that a TURN server does not relay to.
    public var refusedPermissions: UInt64 = 0
    /// Datagrams lost because the owner did not poll them.
    public var droppedTransmits: UInt64 = 0
    /// Events lost because the owner did not poll them.
    public var droppedEvents: UInt64 = 0

    public init() {}
}

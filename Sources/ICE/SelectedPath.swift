import Base

/// The pair in use, with the credentials it was checked with: it outlives a restart until the new session has a pair.
struct SelectedPath: Sendable {
    let generation: Int
    let pair: PairID
    var addresses: ICEAgent.SelectedPair
    let localCredentials: ICECredentials
    let remoteCredentials: ICECredentials
    /// The last authenticated sign of life on this pair: a response to a consent request, or a check of the peer's.
    var heardAt: Instant
    var nextRequestAt: Instant
    var roundTrip: RoundTripSamples
    /// Consent requests that may still be answered, oldest first.
    var outstanding: [ConsentRequest] = []

    struct ConsentRequest: Hashable, Sendable {
        let id: STUNTransactionID
        let sentAt: Instant
        let role: ICERole
    }

    static let maximumOutstanding = 8
}

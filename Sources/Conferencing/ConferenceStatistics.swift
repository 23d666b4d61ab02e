public import Meeting
public import WebRTC

/// What the connections of the present meeting have done so far.
public struct ConferenceStatistics: Sendable {
    /// Whose track a section of the receiving connection carries.
    public struct Track: Hashable, Sendable {
        public var participant: ParticipantID
        public var kind: TrackKind

        public init(participant: ParticipantID, kind: TrackKind) {
            self.participant = participant
            self.kind = kind
        }
    }

    /// Of what we send; nil while there is no such connection.
    public var publisher: PeerConnectionStatistics?
    /// Of what we receive.
    public var subscriber: PeerConnectionStatistics?
    public var tracks: [TransceiverID: Track] = [:]

    public init() {}
}

extension ConferenceConnections {
    /// Asks the media thread for the counters of both connections.
    public func statistics() async -> ConferenceStatistics {
        var statistics = ConferenceStatistics()
        statistics.publisher = await self.statistics(of: publisher)
        statistics.subscriber = await self.statistics(of: subscriber)
        statistics.tracks = tracks
        return statistics
    }
}

public import Meeting
import Synchronization
public import Transport
public import WebRTC

/// The media connections of the present meeting, for statistics, and for asking for key frames.
public final class ConferenceConnections: Sendable {
    private struct State: Sendable {
        var publisher: ConnectionID?
        var subscriber: ConnectionID?
        var sections: [PeerSink.Route: TransceiverID] = [:]
    }

    private let thread: MediaThread?
    private let state = Mutex(State())

    init(thread: MediaThread?) {
        self.thread = thread
    }

    /// Carries what we send; nil while there is none.
    public var publisher: ConnectionID? { state.withLock { $0.publisher } }
    /// Carries what we receive, of everybody; nil while there is none.
    public var subscriber: ConnectionID? { state.withLock { $0.subscriber } }

    /// The section on which a track is received.
    public func section(of participant: ParticipantID, _ kind: TrackKind) -> TransceiverID? {
        state.withLock { $0.sections[PeerSink.Route(participant: participant, kind: kind)] }
    }

    /// Asks the sender of a picture for a key frame, for a decoder that cannot go on. Does nothing for unknown tracks.
    public func requestKeyFrame(of participant: ParticipantID, _ kind: TrackKind) async {
        guard let thread, let section = section(of: participant, kind), let subscriber else { return }
        try? await thread.with(subscriber) { peer, now in peer.requestKeyFrame(on: section, at: now) }
    }

    /// Whose track each section carries.
    var tracks: [TransceiverID: ConferenceStatistics.Track] {
        let sections = state.withLock { $0.sections }
        let tracks = sections.map { route, section in
            (section, ConferenceStatistics.Track(participant: route.participant, kind: route.kind))
        }
        // A section is re-used: what two claim belongs to either for a moment.
        return Dictionary(tracks) { first, _ in first }
    }

    /// - Returns: nil when there is no such connection any more.
    func statistics(of connection: ConnectionID?) async -> PeerConnectionStatistics? {
        guard let thread, let connection else { return nil }
        return try? await thread.with(connection) { peer, now in peer.statistics(at: now) }
    }

    func setPublisher(_ id: ConnectionID?) {
        state.withLock { $0.publisher = id }
    }

    func setSubscriber(_ id: ConnectionID?) {
        state.withLock {
            $0.subscriber = id
            if id == nil { $0.sections = [:] }
        }
    }

    func setSections(_ sections: [PeerSink.Route: TransceiverID]) {
        state.withLock { $0.sections = sections }
    }
}

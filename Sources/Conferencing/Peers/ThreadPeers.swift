import Base
import ICE
import Janus
import Meeting
import SDP
import Transport
import WebRTC

/// The two connections of a session on the media thread.
actor ThreadPeers: MediaPeers {
    private struct Connection {
        let id: ConnectionID
        let sink: PeerSink
        let pulse: ConnectionPulse
    }

    private let thread: MediaThread
    private let makeConfiguration: @Sendable () -> PeerConnection.Configuration
    private let videoCodec: Codec
    private let relays: RelayOptions
    private let includeLoopback: Bool
    private let sender: ConferenceSender
    private let connections: ConferenceConnections
    private let makeSink: @Sendable (JanusPeer) -> PeerSink
    private var publisher: Connection?
    /// What the publisher's sections carry.
    private var sent: [TransceiverID: TrackKind] = [:]
    private var subscriber: Connection?
    private var tracks: [SubscribedTrack] = []
    private var isShutDown = false

    init(
        thread: MediaThread, configuration: @escaping @Sendable () -> PeerConnection.Configuration,
        videoCodec: Codec = .vp8, relays: RelayOptions = RelayOptions(), includeLoopback: Bool,
        sender: ConferenceSender, connections: ConferenceConnections,
        makeSink: @escaping @Sendable (JanusPeer) -> PeerSink
    ) {
        self.thread = thread
        makeConfiguration = configuration
        self.videoCodec = videoCodec
        self.relays = relays
        self.includeLoopback = includeLoopback
        self.sender = sender
        self.connections = connections
        self.makeSink = makeSink
    }

    private func open(_ peer: JanusPeer) async throws -> Connection {
        guard !isShutDown else { throw TransportError.stopped }
        let sink = makeSink(peer)
        var configuration = makeConfiguration()
        configuration.codecs = .janus.preferring(videoCodec)
        configuration.turnServers = relays.servers(RelayOptions.Connection(peer))
        configuration.candidatePolicy = relays.isRequired ? .relayed : .all
        let id = try await thread.open(
            configuration, includeLoopback: includeLoopback, trust: relays.trust, sink: sink)
        let connection = Connection(id: id, sink: sink, pulse: try await thread.pulse(of: id))
        guard !isShutDown else {
            // The end came meanwhile and knew nothing of it.
            await close(connection)
            throw TransportError.stopped
        }
        return connection
    }

    // MARK: - Publisher

    func makePublisherOffer(_ kinds: [TrackKind]) async throws -> (sdp: String, mids: [String]) {
        await close(.publisher)
        let connection = try await open(.publisher)
        publisher = connection
        connections.setPublisher(connection.id)
        let sink = connection.sink
        let (sdp, sections) = try await thread.with(connection.id) { peer, now in
            let transceivers = kinds.map { kind in
                (kind, peer.addTransceiver(kind == .audio ? .audio : .video, direction: .sendonly))
            }
            let offer = try peer.createOffer(at: now)
            try peer.setLocalDescription(offer, at: now)
            let sdp = peer.localDescription?.sdp ?? offer.sdp
            sink.announce(sdp, own: Dictionary(transceivers.map { ($0.1, $0.0) }) { first, _ in first })
            let sections = transceivers.map { kind, id in
                (kind: kind, id: id, mid: peer.transceivers.first { $0.id == id }?.mid ?? "")
            }
            return (sdp, sections)
        }
        var video: [TrackKind: OutgoingVideoQueue] = [:]
        var audio: OutgoingAudioQueue?
        for section in sections {
            if section.kind == .audio {
                audio = try await thread.audioQueue(for: connection.id, on: section.id)
            } else {
                video[section.kind] = try await thread.videoQueue(for: connection.id, on: section.id)
            }
        }
        guard publisher?.id == connection.id else { throw TransportError.noSuchConnection(connection.id) }
        sent = Dictionary(sections.map { ($0.id, $0.kind) }) { first, _ in first }
        sender.connect(audio: audio, video: video)
        return (sdp, sections.map(\.mid))
    }

    func makeRestartOffer() async throws -> (sdp: String, mids: [String]) {
        guard let publisher else { throw TransportError.stopped }
        try await addSockets(to: publisher)
        let sink = publisher.sink
        return try await thread.with(publisher.id) { peer, now in
            let offer = try peer.createOffer(restartICE: true, at: now)
            try peer.setLocalDescription(offer, at: now)
            let sdp = peer.localDescription?.sdp ?? offer.sdp
            sink.announce(sdp)
            return (sdp, peer.transceivers.compactMap(\.mid))
        }
    }

    /// For a restart: the machine may have other addresses than when the connection was made.
    private func addSockets(to connection: Connection) async throws {
        try await thread.addSockets(to: connection.id, includeLoopback: includeLoopback)
        try await thread.removeLostSockets(of: connection.id)
    }

    func applyPublisherAnswer(_ sdp: String) async throws {
        guard let publisher else { return }
        let answer = try SessionDescription(type: .answer, sdp: sdp)
        let media = try await thread.with(publisher.id) { peer, now in
            try peer.setRemoteDescription(answer, at: now)
            return peer.negotiatedMedia
        }
        guard self.publisher?.id == publisher.id else { return }
        var agreed: [TrackKind: OutgoingPictures] = [:]
        for (transceiver, kind) in sent where kind != .audio {
            let codec = media.first { $0.transceiver == transceiver }?.send?.codec
            agreed[kind] = codec.map { .encoded($0) } ?? .refused
        }
        sender.agree(on: agreed)
    }

    // MARK: - Subscriber

    func answerSubscriberOffer(_ sdp: String) async throws -> String {
        let connection: Connection
        if let subscriber {
            connection = subscriber
            // The offer may be a restart; without new addresses this does nothing.
            try? await addSockets(to: connection)
        } else {
            connection = try await open(.subscriber)
            subscriber = connection
            connections.setSubscriber(connection.id)
        }
        let offer = try SessionDescription(type: .offer, sdp: sdp)
        let sink = connection.sink
        let answer = try await thread.with(connection.id) { peer, now in
            try peer.setRemoteDescription(offer, at: now)
            let answer = try peer.createAnswer(at: now)
            try peer.setLocalDescription(answer, at: now)
            let sdp = peer.localDescription?.sdp ?? answer.sdp
            sink.announce(sdp)
            return sdp
        }
        try await routeTracks()
        return answer
    }

    func receive(_ tracks: [SubscribedTrack]) async {
        self.tracks = tracks
        try? await routeTracks()
    }

    private func routeTracks() async throws {
        guard let subscriber else { return }
        func routes(_ isChosen: (SubscribedTrack) -> Bool) -> [String: PeerSink.Route] {
            Dictionary(
                tracks.filter(isChosen).map { ($0.mid, PeerSink.Route(participant: $0.participant, kind: $0.kind)) }
            ) { first, _ in first }
        }
        let originals = routes { !$0.isCopy }
        let copies = routes(\.isCopy)
        let sink = subscriber.sink
        let sections = try await thread.with(subscriber.id) { peer, _ in
            var byTransceiver: [TransceiverID: PeerSink.Route] = [:]
            for transceiver in peer.transceivers {
                if let mid = transceiver.mid, let route = originals[mid] { byTransceiver[transceiver.id] = route }
            }
            sink.route(byTransceiver)
            let sections = Dictionary(byTransceiver.map { ($0.value, $0.key) }) { first, _ in first }
            var copied: [TransceiverID: TransceiverID] = [:]
            for transceiver in peer.transceivers {
                if let mid = transceiver.mid, let route = copies[mid] { copied[transceiver.id] = sections[route] }
            }
            peer.setCopies(copied)
            return sections
        }
        guard self.subscriber?.id == subscriber.id else { return }
        connections.setSections(sections)
    }

    // MARK: - Both

    func add(_ candidate: String?, mid: String?, to peer: JanusPeer) async {
        guard let connection = peer == .publisher ? publisher : subscriber else { return }
        try? await thread.with(connection.id) { peer, now in peer.addRemoteCandidate(candidate, at: now) }
    }

    func close(_ peer: JanusPeer) async {
        let connection: Connection?
        switch peer {
        case .publisher:
            sender.disconnect()
            connections.setPublisher(nil)
            connection = publisher
            publisher = nil
        case .subscriber:
            connections.setSubscriber(nil)
            connection = subscriber
            subscriber = nil
            tracks = []
        }
        if let connection { await close(connection) }
    }

    var heardAt: [JanusPeer: Instant] {
        var heardAt: [JanusPeer: Instant] = [:]
        heardAt[.publisher] = publisher?.pulse.heardAt
        heardAt[.subscriber] = subscriber?.pulse.heardAt
        return heardAt
    }

    var receivedPictures: ReceivedPictures? {
        get async {
            guard let subscriber,
                let statistics = try? await thread.with(subscriber.id, { peer, now in peer.statistics(at: now) })
            else { return nil }
            return ReceivedPictures(statistics.inbound.filter { $0.kind == .video && $0.ssrc != nil })
        }
    }

    var uprooted: Set<JanusPeer> {
        get async {
            let present = (try? NetworkInterfaces.addresses(includeLoopback: true)) ?? []
            var uprooted: Set<JanusPeer> = []
            for (peer, connection) in [(JanusPeer.publisher, publisher), (.subscriber, subscriber)] {
                guard let connection else { continue }
                let pair = try? await thread.with(connection.id) { peer, _ in peer.selectedPair }
                // A relay's address is not the machine's; its own connections say when it is lost.
                guard let pair = pair ?? nil, pair.localKind != .relayed else { continue }
                if !present.contains(pair.local.ip) { uprooted.insert(peer) }
            }
            return uprooted
        }
    }

    func removeLostSockets() async {
        for connection in [publisher, subscriber].compactMap(\.self) {
            try? await thread.removeLostSockets(of: connection.id)
        }
    }

    func refreshPictures() {
        publisher?.sink.refreshPictures()
    }

    func shutDown() async {
        isShutDown = true
        await close(.subscriber)
        await close(.publisher)
    }

    private func close(_ connection: Connection) async {
        connection.sink.retire()
        let sink = connection.sink
        try? await thread.with(connection.id) { _, _ in sink.route([:]) }
        try? await thread.close(connection.id)
    }
}

public import Base
public import DTLS
import Digests
public import ICE
import RTP
public import SDP

/// Offers and answers (JSEP, RFC 9429) for connections that bundle everything on one transport and multiplex RTCP
/// (RFC 9143, RFC 8834). A pure value: descriptions in, descriptions and parameters out.
///
/// ``transport`` and ``media`` are what the rest of the stack is built from; read them after every successful
/// `setLocalDescription` and `setRemoteDescription`. A call that throws changes nothing.
///
/// ```
/// stable ── set local offer ──► haveLocalOffer ── set remote answer ──► stable
/// stable ── set remote offer ─► haveRemoteOffer ─ set local answer ──► stable      (rollback goes back to stable)
/// ```
public struct Negotiator: Sendable {
    public struct Configuration: Sendable {
        /// Of our certificate.
        public var fingerprint: Fingerprint
        /// Names all our streams in RTCP (RFC 7022).
        public var cname: String
        /// `a=msid` of transceivers that name no stream of their own.
        public var streamID: String
        /// For the first ICE session; made from the seeded randomness when nil.
        public var iceCredentials: ICECredentials?
        /// From a cryptographic generator: the credentials of all ICE sessions are derived from it. Nil is for tests:
        /// they then come from the seeded randomness, which an observer of SSRCs and ids could work out.
        public var iceEntropy: [UInt8]?
        public var codecs: CodecTable
        /// More are refused, in our offers and in the other's.
        public var maximumMediaSections: Int

        public init(
            fingerprint: Fingerprint, cname: String, streamID: String = "roomd", iceCredentials: ICECredentials? = nil,
            iceEntropy: [UInt8]? = nil, codecs: CodecTable = .standard, maximumMediaSections: Int = 256
        ) {
            self.fingerprint = fingerprint
            self.cname = cname
            self.streamID = streamID
            self.iceCredentials = iceCredentials
            self.iceEntropy = iceEntropy
            self.codecs = codecs
            self.maximumMediaSections = maximumMediaSections
        }
    }

    /// What a completed exchange leaves, and what a rollback returns to.
    struct Agreement: Sendable {
        var slots: [MediaSlot] = []
        var transport: TransportParameters?
        var media: [NegotiatedMedia] = []
        var local: SessionDescription?
        var remote: SessionDescription?
    }

    /// An exchange that waits for its answer.
    struct Pending: Sendable {
        var offer: SessionDescription
        var slots: [MediaSlot]
        var transport: TransportParameters
        /// Transceivers that the remote offer brought into being; a rollback takes them away.
        var created: [TransceiverID] = []
    }

    enum Phase: Sendable {
        case stable
        case haveLocalOffer(Pending)
        case haveRemoteOffer(Pending)
    }

    /// What was created last and waits to be set.
    struct Draft: Sendable {
        var description: SessionDescription
        var pending: Pending
    }

    let configuration: Configuration
    var random: SeededRandom
    var phase = Phase.stable
    var agreed = Agreement()
    var draft: Draft?
    /// Those that are not gone, in the order of their making.
    public internal(set) var transceivers: [Transceiver] = []
    private var nextTransceiver = 0
    private var nextMid = 0
    /// Credentials made so far.
    private var credentialCount: UInt32 = 0
    private let sessionID: UInt64
    private var sessionVersion: UInt64 = 0

    /// - Parameter random: seeded from a cryptographic generator by the shell; SSRCs, ids and, where none are given,
    ///   ICE credentials come from it.
    public init(_ configuration: Configuration, random: SeededRandom) {
        self.configuration = configuration
        self.random = random
        // RFC 9429 §5.2.1: below 2^63, and not 0.
        sessionID = self.random.next() >> 2 | 1
    }
}

// MARK: - State

extension Negotiator {
    public var signalingState: SignalingState {
        switch phase {
        case .stable: .stable
        case .haveLocalOffer: .haveLocalOffer
        case .haveRemoteOffer: .haveRemoteOffer
        }
    }

    /// The transport as of the last description that was set; nil before the first.
    public var transport: TransportParameters? {
        switch phase {
        case .stable: agreed.transport
        case .haveLocalOffer(let pending), .haveRemoteOffer(let pending): pending.transport
        }
    }

    /// One for each section in use, in the order of the lines, as of the last completed exchange: what flows does not
    /// change while an offer waits for its answer.
    public var media: [NegotiatedMedia] { agreed.media }

    /// Whether the exchange is over and nothing was accepted in it, nor in one before: there is nobody to talk to, and
    /// ICE would wait for ever.
    var isRefused: Bool {
        guard case .stable = phase, let transport = agreed.transport else { return false }
        return transport.remote == nil
    }

    public func transceiver(_ id: TransceiverID) -> Transceiver? {
        transceivers.first { $0.id == id }
    }

    /// The local description, the pending one first, with the candidates that were gathered meanwhile: what to send to
    /// peers that do not trickle. Candidates already in it are replaced.
    ///
    /// - Parameter candidates: `candidate:…` lines, with or without `a=`.
    public func localDescription(candidates: [String], complete: Bool) -> SessionDescription? {
        let description: SessionDescription? =
            if case .haveLocalOffer(let pending) = phase { pending.offer } else { agreed.local }
        return description?.replacingCandidates(candidates, complete: complete)
    }

    /// Whether something was changed that only a new offer can carry to the other (RFC 9429 §4.1.9).
    public var isNegotiationNeeded: Bool {
        for transceiver in transceivers {
            guard let index = agreed.slots.firstIndex(where: { $0.transceiver == transceiver.id }) else {
                if transceiver.isStopped { continue }
                return true
            }
            if transceiver.isStopped || wishes(of: transceiver, differAt: index) { return true }
        }
        return false
    }

    private func wishes(of transceiver: Transceiver, differAt index: Int) -> Bool {
        guard let local = agreed.local, let remote = agreed.remote else { return true }
        let described = local.session.direction(of: local.session.media[index])
        if local.type == .offer { return described != transceiver.direction }
        let offered = remote.session.direction(of: remote.session.media[index]).reversed
        return described != transceiver.direction.intersection(offered)
    }
}

// MARK: - Transceivers

extension Negotiator {
    /// Adds a transceiver; it takes effect with the next offer, or with an answer whose offer has a fitting section.
    ///
    /// - Parameters:
    ///   - streamID: `a=msid`'s stream; the configuration's when nil.
    ///   - trackID: `a=msid`'s track; made up when nil.
    ///   - joinsRemoteOffers: whether a section of a remote offer with a direction that fits may take it. Browsers do
    ///     so for `addTrack` only (RFC 9429 §5.10).
    public mutating func addTransceiver(
        _ kind: MediaKind, direction: MediaDirection, streamID: String? = nil, trackID: String? = nil,
        joinsRemoteOffers: Bool = true
    ) -> TransceiverID {
        let id = TransceiverID(nextTransceiver)
        nextTransceiver += 1
        let ssrc = newSSRC(besides: nil)
        transceivers.append(
            Transceiver(
                id: id, kind: kind, direction: direction, streamID: streamID ?? configuration.streamID,
                trackID: trackID ?? newIdentifier(), ssrc: ssrc, retransmissionSSRC: newSSRC(besides: ssrc),
                joinsRemoteOffers: joinsRemoteOffers))
        return id
    }

    /// What to offer or answer from the next description on.
    public mutating func setDirection(
        _ direction: MediaDirection, of id: TransceiverID
    ) throws(NegotiationError) {
        transceivers[try index(of: id)].direction = direction
    }

    /// Refuses the section from the next description on; its place may then be used again. One that was never
    /// negotiated goes at once.
    public mutating func stop(_ id: TransceiverID) throws(NegotiationError) {
        let index = try index(of: id)
        transceivers[index].isStopped = true
        if transceivers[index].mid == nil {
            transceivers.remove(at: index)
            // An offer that was made with it must not be set any more.
            draft = nil
        }
    }

    private func index(of id: TransceiverID) throws(NegotiationError) -> Int {
        guard let index = transceivers.firstIndex(where: { $0.id == id }) else { throw .unknownTransceiver(id) }
        return index
    }

    private mutating func newSSRC(besides other: SSRC?) -> SSRC {
        while true {
            let ssrc = SSRC(UInt32(truncatingIfNeeded: random.next()))
            let isTaken = transceivers.contains { $0.ssrc == ssrc || $0.retransmissionSSRC == ssrc }
            if ssrc.rawValue != 0, ssrc != other, !isTaken { return ssrc }
        }
    }

    /// 16 hexadecimal digits: a token in every grammar.
    private mutating func newIdentifier() -> String {
        let digits = String(random.next(), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// A mid that no section of this connection has or had.
    mutating func newMid(besides taken: [String]) -> String {
        while true {
            let mid = String(nextMid)
            nextMid += 1
            let isTaken = agreed.slots.contains { $0.mid == mid } || taken.contains(mid)
            if !isTaken { return mid }
        }
    }

    mutating func newCredentials() -> ICECredentials {
        guard let entropy = configuration.iceEntropy else {
            return ICECredentials(entropy: random.bytes(ICECredentials.entropySize))
        }
        var material = entropy
        material.append(bigEndian: credentialCount)
        credentialCount += 1
        return ICECredentials(entropy: Array(Digests.sha256(material).prefix(ICECredentials.entropySize)))
    }

    /// Credentials for the first ICE session.
    mutating func firstCredentials() -> ICECredentials {
        configuration.iceCredentials ?? newCredentials()
    }

    mutating func nextOrigin() -> Origin {
        sessionVersion += 1
        return Origin(sessionID: sessionID, version: sessionVersion)
    }

    func expect(_ operation: NegotiationError.Operation) throws(NegotiationError) {
        guard signalingState == operation.expectedState else {
            throw .wrongState(operation: operation, state: signalingState)
        }
    }
}

public import Base

/// One end of a DTLS-SRTP association (RFC 5764) over DTLS 1.2 (RFC 6347): keys for SRTP, and nothing else.
///
/// Sans-IO: datagrams and instants go in, datagrams and events come out; drain both after every call. Only datagrams
/// from addresses that ICE has validated belong here (RFC 8827 §6.5). A datagram that is damaged, forged or out of
/// place changes nothing but a counter.
public struct Endpoint: ~Copyable {
    public enum Role: Hashable, Sendable {
        /// `a=setup:active`: sends the ClientHello.
        case client
        /// `a=setup:passive`.
        case server
    }

    public enum Event: Hashable, Sendable {
        /// The peer is the one that its description announced; the keys for SRTP. At most once.
        case connected(SRTPKeyingMaterial)
        /// No connection, or no longer one. The last event.
        case failed(DTLSError)
        /// The peer said goodbye (close_notify). The last event.
        case closed
    }

    /// From `start` to `connected`, the wait for the remote description included.
    public static let timeLimit = Duration.seconds(30)

    private enum State {
        case idle
        case handshaking(giveUpAt: Instant)
        /// The handshake is complete, but nobody has said yet whose certificate it should be.
        case unverified(giveUpAt: Instant)
        case connected
        case ended
    }

    public let role: Role
    /// Datagrams, or ends of datagrams, that were not DTLS, and those that changed nothing.
    public private(set) var discarded: UInt64 = 0
    /// Flights repeated because the peer did not answer in time.
    public private(set) var retransmissions: UInt64 = 0

    private let certificate: Certificate
    private let holdsTimer: Bool
    private let verifier = PeerVerifier()
    private var session: Session
    private var state = State.idle
    private var timer = RetransmissionTimer()
    private var events = BoundedQueue<Event>(capacity: 4)
    private var lastFailure: String?

    /// - Parameter remoteFingerprints: what the peer's description announced; empty while it has not come.
    public init(role: Role, certificate: Certificate, remoteFingerprints: [Fingerprint] = []) throws(DTLSError) {
        try self.init(
            role: role, certificate: certificate, remoteFingerprints: remoteFingerprints, holdsTimer: true)
    }

    /// - Parameter holdsTimer: false is for the test of OpenSSL's own wall-clock timer.
    init(
        role: Role, certificate: Certificate, remoteFingerprints: [Fingerprint], holdsTimer: Bool
    ) throws(DTLSError) {
        self.role = role
        self.holdsTimer = holdsTimer
        self.certificate = certificate
        verifier.expected = remoteFingerprints
        session = try Session(
            role: role, certificate: certificate, verifier: verifier, holdsTimer: holdsTimer)
    }

    public var isConnected: Bool {
        if case .connected = state { true } else { false }
    }

    // MARK: - Inputs

    /// Begins once ICE has a pair: a client sends its ClientHello, a server waits for one. Later calls do nothing.
    public mutating func start(at now: Instant) {
        guard case .idle = state else { return }
        state = .handshaking(giveUpAt: now + Self.timeLimit)
        advanceHandshake(at: now)
    }

    /// Says which certificates the peer may have; required before `connected`. At least one fingerprint.
    public mutating func setRemoteFingerprints(_ fingerprints: [Fingerprint], at now: Instant) {
        precondition(!fingerprints.isEmpty, "a description announces at least one fingerprint")
        verifier.expected = fingerprints
        if case .unverified = state { verify() }
    }

    /// Takes one datagram from the validated address. A server that was not started starts with it.
    public mutating func handle(_ datagram: Span<UInt8>, at now: Instant) {
        let length = RecordLayer.plausiblePrefix(of: datagram)
        if length < datagram.count || length == 0 { discarded += 1 }
        guard length > 0 else { return }
        let records = datagram.extracting(0..<length)
        if case .idle = state, role == .server { start(at: now) }
        switch state {
        case .idle, .ended:
            discarded += 1
        case .handshaking:
            let progress = session.bio.withIncoming(records) { session.handshake() }
            concludeHandshake(progress, at: now)
        case .unverified, .connected:
            let progress = session.bio.withIncoming(records) { session.drain() }
            switch progress {
            case .done, .waiting:
                if session.bio.outgoing.isEmpty { discarded += 1 }
            case .closed:
                session.shutdown()
                end(with: .closed)
            case .failed(let reason, let alert):
                end(with: .failed(alert.map { .alert(code: $0, reason) } ?? .handshake(reason)))
            }
        }
    }

    /// The earliest instant at which `handleTimeout` has something to do.
    public var nextDeadline: Instant? {
        switch state {
        case .idle, .connected, .ended: nil
        case .handshaking(let giveUpAt): min(timer.deadline ?? giveUpAt, giveUpAt)
        case .unverified(let giveUpAt): giveUpAt
        }
    }

    public mutating func handleTimeout(at now: Instant) {
        switch state {
        case .idle, .connected, .ended:
            return
        case .unverified(let giveUpAt):
            guard now >= giveUpAt else { return }
            session.shutdown()
            end(with: .failed(.timedOut("no remote description told the peer's fingerprint")))
        case .handshaking(let giveUpAt):
            guard now < giveUpAt else { return end(with: .failed(.timedOut(lastFailure))) }
            guard let deadline = timer.deadline, now >= deadline else { return }
            retransmit(at: now)
        }
    }

    /// Says goodbye (close_notify) if there is a connection; poll it out. No event follows.
    public mutating func close(at now: Instant) {
        switch state {
        case .unverified, .connected: session.shutdown()
        case .idle, .handshaking, .ended: break
        }
        end(with: nil)
    }

    // MARK: - Outputs

    /// Swaps the next datagram out into `datagram`; it goes to the validated address.
    /// - Returns: false when there is none.
    public mutating func pollTransmit(into datagram: inout [UInt8]) -> Bool {
        session.bio.takeOutgoing(into: &datagram)
    }

    public mutating func pollEvent() -> Event? {
        events.popFirst()
    }

    // MARK: - The handshake

    private mutating func advanceHandshake(at now: Instant) {
        concludeHandshake(session.handshake(), at: now)
    }

    private mutating func concludeHandshake(_ progress: Session.Progress, at now: Instant) {
        guard case .handshaking(let giveUpAt) = state else { return }
        followTimer(at: now)
        switch progress {
        case .waiting:
            return
        case .done:
            timer.stop()
            state = .unverified(giveUpAt: giveUpAt)
            verify()
        case .closed:
            end(with: .failed(.handshake("the peer closed the connection during the handshake")))
        case .failed(let reason, let alert):
            if case .refused(let received?) = verifier.verdict {
                return end(with: .failed(.fingerprintMismatch(received: received)))
            }
            if let alert { return end(with: .failed(.alert(code: alert, reason))) }
            guard role == .server, timer.deadline == nil else { return end(with: .failed(.handshake(reason))) }
            startOver(after: reason)
        }
    }

    /// A server that has answered nothing yet has nothing to lose: a bad first flight may be injected, and an alert in
    /// return would break off the true peer (CVE-2023-49786). It waits for a better one, until the time limit.
    private mutating func startOver(after reason: String) {
        discarded += 1
        lastFailure = reason
        do {
            session = try Session(
                role: role, certificate: certificate, verifier: verifier, holdsTimer: holdsTimer)
        } catch {
            end(with: .failed(error))
        }
    }

    private mutating func verify() {
        switch session.judgePeer() {
        case .undecided:
            return
        case .refused(let received):
            session.shutdown()
            let error = received.map { DTLSError.fingerprintMismatch(received: $0) }
            end(with: .failed(error ?? .handshake("the peer has no certificate")))
        case .accepted:
            guard let keys = session.exportKeys(role: role) else {
                session.shutdown()
                return end(with: .failed(.noSharedProfile))
            }
            state = .connected
            events.appendRejectingNewest(.connected(keys))
        }
    }

    private mutating func end(with event: Event?) {
        if case .ended = state { return }
        state = .ended
        timer.stop()
        if let event { events.appendRejectingNewest(event) }
    }

    // MARK: - Time

    /// OpenSSL's timer is held back when its time left is longer than any it would set itself.
    private static let endless = Duration.seconds(3600)

    /// Takes over what OpenSSL has just done with its timer.
    private mutating func followTimer(at now: Instant) {
        defer { session.bio.timerEvent = nil }
        switch session.bio.timerEvent {
        case nil: return
        case .stopped: timer.stop()
        case .started:
            timer.start(at: now)
            if let left = session.timeLeft(limit: Self.endless), left < Self.endless { timer.check(at: now + left) }
        }
    }

    private mutating func retransmit(at now: Instant) {
        guard let left = session.timeLeft(limit: Self.endless) else { return timer.stop() }
        let isOurs = left == Self.endless
        if isOurs { session.bio.expireTimer() }
        let progress = session.retransmit()
        session.bio.timerEvent = nil
        switch progress {
        case .done:
            retransmissions += 1
            timer.backOff(at: now)
        case .waiting, .closed:
            // The wall clock has not come so far yet.
            break
        case .failed(let reason, _):
            return end(with: .failed(.timedOut(reason)))
        }
        if !isOurs { timer.check(at: now + (session.timeLeft(limit: Self.endless) ?? RetransmissionTimer.initial)) }
    }
}

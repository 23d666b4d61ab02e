import Base
import DTLS
import RTP
import SDP
import Testing
import WebRTC

/// Two peer connections over a seeded virtual network, on virtual time.
struct VirtualCall: ~Copyable {
    struct End: ~Copyable {
        var peer: PeerConnection
        let address: SocketAddress
        var pump = MediaPump()
        var events: [PeerConnection.Event] = []
        /// What came, with the number that `MediaPump` wrote into it and when it was handed out.
        var audio: [(packet: ReceivedAudioPacket, number: Int, at: Instant)] = []
        var frames: [(frame: ReceivedVideoFrame, number: Int, at: Instant)] = []
        var wantsKeyFrame = false
        /// Candidates that were not signalled because `trickles` was off.
        var heldCandidates: [String?] = []
        /// Timeouts that left the machine with a deadline that had passed already.
        var stuckTimeouts = 0
        private var stuckSince = 0
        var received: [UInt8] = []

        init(peer: consuming PeerConnection, address: SocketAddress) {
            self.peer = peer
            self.address = address
        }
    }

    var near: End
    var far: End
    var network: VirtualNetwork
    /// Whether candidates are signalled as they come.
    var trickles = true
    /// Whether what is received is taken out at once.
    var polls = true
    /// The last datagrams that left the ends, when `captures` is set.
    var captures = false
    private(set) var captured: [(toFar: Bool, bytes: [UInt8])] = []
    private(set) var now = Instant(nanoseconds: 1_000_000_000)
    private var buffer: [UInt8] = []

    /// Costly in debug: made once for all tests.
    static let certificates: (Certificate, Certificate) = {
        do {
            let now = UTCTime(seconds: 1_800_000_000)
            return (try Certificate(at: now), try Certificate(at: now))
        } catch {
            fatalError("no certificate: \(error)")
        }
    }()

    init(seed: UInt64) {
        network = VirtualNetwork(seed: seed)
        func end(_ number: UInt64, _ certificate: Certificate, at now: Instant) -> End {
            var entropy = SeededRandom(seed: seed &* 2 &+ number)
            let configuration = PeerConnection.Configuration(
                certificate: certificate, seed: entropy.next(), iceEntropy: entropy.bytes(24), cname: "end-\(number)",
                wallTime: UTCTime(seconds: 1_800_000_000), wallTimeAt: .zero)
            return End(
                peer: PeerConnection(configuration, at: now),
                address: SocketAddress(ip: .v4(0x0A00_0001 + UInt32(number)), port: 5000))
        }
        near = end(0, Self.certificates.0, at: now)
        far = end(1, Self.certificates.1, at: now)
    }

    var conditions: LinkConditions {
        get { network.conditions }
        set { network.conditions = newValue }
    }

    // MARK: - Signalling

    /// Offers from near, answers from far.
    mutating func negotiate(restartICE: Bool = false) throws {
        let offer = try near.peer.createOffer(restartICE: restartICE, at: now)
        try near.peer.setLocalDescription(offer, at: now)
        // By way of text, as in life.
        try far.peer.setRemoteDescription(SessionDescription(type: .offer, sdp: offer.sdp), at: now)
        let answer = try far.peer.createAnswer(at: now)
        try far.peer.setLocalDescription(answer, at: now)
        try near.peer.setRemoteDescription(SessionDescription(type: .answer, sdp: answer.sdp), at: now)
        drain()
    }

    /// Offers from far, answers from near.
    mutating func negotiateFromFar(restartICE: Bool = false) throws {
        let offer = try far.peer.createOffer(restartICE: restartICE, at: now)
        try far.peer.setLocalDescription(offer, at: now)
        try near.peer.setRemoteDescription(SessionDescription(type: .offer, sdp: offer.sdp), at: now)
        let answer = try near.peer.createAnswer(at: now)
        try near.peer.setLocalDescription(answer, at: now)
        try far.peer.setRemoteDescription(SessionDescription(type: .answer, sdp: answer.sdp), at: now)
        drain()
    }

    mutating func openSockets() {
        near.peer.addLocalSocket(near.address, at: now)
        near.peer.endOfLocalSockets(at: now)
        far.peer.addLocalSocket(far.address, at: now)
        far.peer.endOfLocalSockets(at: now)
        drain()
    }

    /// Runs until both are connected.
    mutating func connect(within limit: Duration = .seconds(5), _ location: SourceLocation = #_sourceLocation) {
        let connected = run(for: limit) { $0.near.peer.state == .connected && $0.far.peer.state == .connected }
        #expect(connected, "near \(near.events), far \(far.events)", sourceLocation: location)
    }

    /// Audio and video both ways, for the next negotiation.
    mutating func addMedia() {
        near.pump.audio = near.peer.addTransceiver(.audio, direction: .sendrecv)
        near.pump.video = near.peer.addTransceiver(.video, direction: .sendrecv)
        far.pump.audio = far.peer.addTransceiver(.audio, direction: .sendrecv)
        far.pump.video = far.peer.addTransceiver(.video, direction: .sendrecv)
    }

    /// A call with audio and video both ways.
    static func connected(seed: UInt64) throws -> VirtualCall {
        var call = VirtualCall(seed: seed)
        call.addMedia()
        try call.negotiate()
        call.openSockets()
        call.connect()
        return call
    }

    // MARK: - Time

    /// Lets both ends send media for so long.
    mutating func play(for duration: Duration) {
        let end = now + duration
        while now < end {
            near.pumpOnce(at: now)
            far.pumpOnce(at: now)
            run(for: MediaPump.tick)
        }
    }

    /// Runs until `condition` holds or the time is over.
    /// - Returns: whether it held.
    @discardableResult
    mutating func run(
        for duration: Duration, until condition: (borrowing VirtualCall) -> Bool = { _ in false }
    ) -> Bool {
        let end = now + duration
        drain()
        while !condition(self) {
            var next = end
            if let arrival = network.nextArrival { next = min(next, arrival) }
            if let deadline = near.peer.nextDeadline { next = min(next, deadline) }
            if let deadline = far.peer.nextDeadline { next = min(next, deadline) }
            guard next < end else {
                now = end
                return false
            }
            now = max(now, next)
            deliverDue()
            near.handleTimeout(at: now)
            far.handleTimeout(at: now)
            drain()
        }
        return true
    }

    private mutating func deliverDue() {
        while var flight = network.receive(at: now) {
            if flight.toFar {
                far.peer.receive(&flight.bytes, from: near.address, on: far.address, at: now)
            } else {
                near.peer.receive(&flight.bytes, from: far.address, on: near.address, at: now)
            }
            network.giveBack(flight.bytes)
        }
    }

    mutating func drain() {
        transmit()
        while let event = near.peer.pollEvent() {
            near.take(event, trickles: trickles) { far.peer.addRemoteCandidate($0, at: now) }
        }
        while let event = far.peer.pollEvent() {
            far.take(event, trickles: trickles) { near.peer.addRemoteCandidate($0, at: now) }
        }
        if polls {
            near.collect(at: now)
            far.collect(at: now)
        }
        transmit()
    }

    private mutating func transmit() {
        while near.peer.pollTransmit(into: &buffer) != nil { send(toFar: true) }
        while far.peer.pollTransmit(into: &buffer) != nil { send(toFar: false) }
    }

    private mutating func send(toFar: Bool) {
        network.send(buffer, toFar: toFar, at: now)
        guard captures else { return }
        if captured.count >= 400 { captured.removeFirst(200) }
        captured.append((toFar, buffer))
    }
}

extension VirtualCall.End {
    mutating func handleTimeout(at now: Instant) {
        guard let deadline = peer.nextDeadline, deadline <= now else { return }
        peer.handleTimeout(at: now)
        // Progress may take several turns at one instant, but not many: the shell would spin.
        guard let next = peer.nextDeadline, next <= now else {
            stuckSince = 0
            return
        }
        stuckSince += 1
        if stuckSince > 8 { stuckTimeouts += 1 }
    }

    mutating func take(_ event: PeerConnection.Event, trickles: Bool, signal: (String?) -> Void) {
        switch event {
        case .localCandidate(let line): trickles ? signal(line) : heldCandidates.append(line)
        case .gatheringComplete: trickles ? signal(nil) : heldCandidates.append(nil)
        case .keyFrameRequested: wantsKeyFrame = true
        case .stateChanged, .targetBitrate, .streamEnded, .failure: break
        }
        events.append(event)
    }

    mutating func collect(at now: Instant) {
        while let packet = peer.pollAudio(into: &received) {
            audio.append((packet, MediaPump.number(in: received, at: 1), now))
        }
        while let frame = peer.pollVideo(into: &received, at: now) {
            frames.append((frame, MediaPump.number(in: received, at: 10), now))
        }
    }

    mutating func pumpOnce(at now: Instant) {
        pump.tick(&peer, wantsKeyFrame: &wantsKeyFrame, at: now)
    }

    /// The states it went through.
    var states: [PeerConnection.State] {
        events.compactMap { if case .stateChanged(let state) = $0 { state } else { nil } }
    }

    var failures: [String] {
        events.compactMap { if case .failure(let reason) = $0 { reason } else { nil } }
    }
}

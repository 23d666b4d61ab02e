import Base
import Digests

@testable import ICE

extension Boundary {
    /// What TURN servers say, to an agent that has an allocation over UDP and one over TCP.
    ///
    /// Of the control byte: bits 0–1 are the way: a datagram of the UDP server's, bytes of the TCP server's, the end of
    /// that connection, or something of ours to wrap; bit 2 signs the message, as the server could; bit 3 makes it
    /// answer the last request on its way; bits 4–5 let time pass; bit 6 restarts ICE.
    static func takeTURN(_ input: [UInt8]) throws(BrokenPromise) {
        var feed = Feed(input)
        var bench = relayedAgent
        var now = bench.now
        while let (control, bytes) = feed.next() {
            var message = bytes
            let isStream = control & 3 == 1
            if control & 0b1100 != 0, let parsed = try? STUNMessage(parsing: bytes.span) {
                let last = isStream ? bench.lastOnStream : bench.lastOnUDP
                bench.sign(parsed, answering: control & 0b1000 != 0 ? last : nil, into: &message)
            }
            switch control & 3 {
            case 0: bench.take(&message, at: now)
            case 1: bench.takeStream(message, at: now)
            case 2: bench.agent.streamClosed(bench.stream, at: now)
            default: bench.wrap(&message)
            }
            if control & 0x40 != 0 { bench.agent.restart(RelayBench.ours, at: now) }
            bench.drain()
            let pauses: [Duration] = [.zero, .milliseconds(60), .seconds(11), .seconds(400)]
            try pass(pauses[Int(control >> 4 & 3)], for: &bench, now: &now) { bench, _ in bench.drain() }
            try promise(bench.agent.relays.count == 2, "\(bench.agent.relays.count) allocations of 2 servers")
            for relay in bench.agent.relays {
                try promise(
                    relay.deframer.buffered <= TURNStreamDeframer.maximumBuffered, "a stream that is kept whole")
                try promise(relay.allocation.permissions.count <= 100, "permissions without end")
            }
        }
    }

    /// An agent with both allocations and a peer that it has asked leave for.
    private static let relayedAgent = RelayBench()
}

/// An agent between its TURN servers, which hold `room`, `secret` and `example.org`.
private struct RelayBench: Timed {
    static let ours = ICECredentials(entropy: Array(1...24))
    private static let theirs = ICECredentials(entropy: Array(101...124))
    private static let local = SocketAddress(ip: .v4(0x0A00_0001), port: 5000)
    private static let peer = SocketAddress(ip: .v4(0x0A00_0002), port: 5000)
    private static let udp = SocketAddress(ip: .v4(0x0A00_0003), port: 3478)
    private static let tcp = SocketAddress(ip: .v4(0x0A00_0004), port: 3478)
    private static let key = Digests.md5(Array("room:example.org:secret".utf8))

    var agent = ICEAgent(
        role: .controlling, credentials: ours, policy: .relayed, random: SeededRandom(seed: 1), at: .zero)
    var now = Instant.zero
    var stream = TURNStreamID(number: 0)
    var lastOnUDP = STUNTransactionID(high: 0, low: 0)
    var lastOnStream = STUNTransactionID(high: 0, low: 0)

    var nextDeadline: Instant? { agent.nextDeadline }
    mutating func handleTimeout(at now: Instant) { agent.handleTimeout(at: now) }

    init() {
        for (address, transport) in [(Self.udp, TURNServer.Transport.udp), (Self.tcp, .tcp)] {
            agent.addTURNServer(
                TURNServer(address: address, transport: transport, username: "room", credential: "secret"), at: now)
        }
        agent.addLocalSocket(Self.local, at: now)
        agent.endOfLocalSockets(at: now)
        agent.setRemoteCredentials(Self.theirs, at: now)
        drain()
        // Challenges, then allocations; the agent paces its questions.
        for _ in 0..<2 {
            for isStream in [false, true] {
                for _ in 0..<20 {
                    drain()
                    now = now + .milliseconds(50)
                    agent.handleTimeout(at: now)
                }
                answerAllocate(isStream: isStream)
            }
        }
        if let candidate = try? ICECandidate("candidate:1 1 udp 2130706431 10.0.0.2 5000 typ host") {
            agent.addRemoteCandidate(candidate, at: now)
        }
        for _ in 0..<20 {
            drain()
            now = now + .milliseconds(50)
            agent.handleTimeout(at: now)
        }
        drain()
        precondition(agent.relays.allSatisfy { $0.base != nil }, "both servers were to relay")
    }

    private mutating func answerAllocate(isStream: Bool) {
        let isKnown = agent.relays.contains {
            ($0.link == .stream(stream)) == isStream && $0.allocation.challenge != nil
        }
        var answer = STUNMessage(
            isKnown ? .success : .error, method: STUNMessage.allocate,
            transactionID: isStream ? lastOnStream : lastOnUDP)
        if isKnown {
            answer.relayedAddress = SocketAddress(ip: .v4(0x0A00_0009), port: isStream ? 6001 : 6000)
            answer.xorMappedAddress = Self.local
            answer.lifetime = 600
        } else {
            answer.errorCode = STUNErrorCode(code: 401, reason: "Unauthorized")
            answer.realm = "example.org"
            answer.nonce = Array("nonce".utf8)
        }
        var bytes: [UInt8] = []
        answer.write(into: &bytes, key: isKnown ? Self.key : nil)
        if isStream { takeStream(bytes, at: now) } else { take(&bytes, at: now) }
        drain()
    }

    mutating func take(_ datagram: inout [UInt8], at now: Instant) {
        guard let route = agent.unwrap(&datagram, from: Self.udp, on: Self.local, at: now) else { return }
        agent.handle(datagram.span, from: route.remote, on: route.local, at: now)
    }

    mutating func takeStream(_ bytes: [UInt8], at now: Instant) {
        agent.receiveStream(bytes.span, on: stream, at: now)
        var datagram: [UInt8] = []
        while let route = agent.pollStream(stream, into: &datagram, at: now) {
            agent.handle(datagram.span, from: route.remote, on: route.local, at: now)
        }
    }

    /// Media of ours, from the first relayed address there is.
    mutating func wrap(_ datagram: inout [UInt8]) {
        guard let base = agent.relays.lazy.compactMap(\.base).first else { return }
        _ = agent.wrap(&datagram, from: base.address, to: Self.peer)
    }

    func sign(_ message: STUNMessage, answering id: STUNTransactionID?, into datagram: inout [UInt8]) {
        var signed = message
        if let id { signed.transactionID = id }
        signed.write(into: &datagram, key: Self.key)
    }

    mutating func drain() {
        var datagram: [UInt8] = []
        while let route = agent.pollTransmit(into: &datagram) {
            guard let sent = try? STUNMessage(parsing: datagram.span), sent.messageClass == .request else { continue }
            if route.stream == nil { lastOnUDP = sent.transactionID } else { lastOnStream = sent.transactionID }
        }
        while let event = agent.pollEvent() {
            if case .openStream(let id, _) = event { stream = id }
        }
    }
}

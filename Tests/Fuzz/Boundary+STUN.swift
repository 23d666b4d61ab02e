import Base

@testable import ICE

extension Boundary {
    /// Datagrams to an agent in the middle of its checks.
    ///
    /// Of the control byte: bits 0–1 the source; bit 2 signs the message, as the peer could; bit 3 makes it answer the
    /// agent's last request; bits 4–5 let time pass.
    static func takeSTUN(_ input: [UInt8]) throws(BrokenPromise) {
        var feed = Feed(input)
        var agent = checkingAgent.agent
        var now = Instant.zero
        var last = checkingAgent.request
        func drain(_ agent: inout ICEAgent, _: Instant) {
            var datagram: [UInt8] = []
            while agent.pollTransmit(into: &datagram) != nil {
                if let sent = try? STUNMessage(parsing: datagram.span), sent.messageClass == .request {
                    last = sent.transactionID
                }
            }
            while agent.pollEvent() != nil {}
        }
        while let (control, bytes) = feed.next() {
            var datagram = bytes
            if let message = try? STUNMessage(parsing: bytes.span) {
                try checkWriting(message)
                if control & 0b1100 != 0 {
                    sign(message, answering: control & 0b1000 != 0 ? last : nil, into: &datagram)
                }
            }
            agent.handle(datagram.span, from: sources[Int(control & 3)], on: STUNPlaces.local, at: now)
            drain(&agent, now)
            let pauses: [Duration] = [.zero, .milliseconds(60), .milliseconds(700), .seconds(6)]
            try pass(pauses[Int(control >> 4 & 3)], for: &agent, now: &now, drain: drain)
            try promise(agent.session.pairs.count <= 400, "\(agent.session.pairs.count) candidate pairs")
        }
    }

    private enum STUNPlaces {
        static let local = SocketAddress(ip: .v4(0x0A00_0001), port: 5000)
        static let peer = SocketAddress(ip: .v4(0x0A00_0002), port: 5000)
        static let server = SocketAddress(ip: .v4(0x0A00_0003), port: 3478)
        static let stranger = SocketAddress(ip: .v6(high: 0x2001_0DB8_0000_0000, low: 9), port: 9)
    }

    private static let sources = [
        STUNPlaces.peer, STUNPlaces.server, STUNPlaces.stranger, SocketAddress(ip: .v4(0x0A00_0004), port: 5000),
    ]

    private static let ours = ICECredentials(entropy: Array(1...24))
    private static let theirs = ICECredentials(entropy: Array(101...124))

    /// An agent that knows its peer and has asked the first questions, and the last of these.
    private static let checkingAgent: (agent: ICEAgent, request: STUNTransactionID) = {
        var agent = ICEAgent(
            role: .controlling, credentials: ours, stunServers: [STUNPlaces.server], random: SeededRandom(seed: 1),
            at: .zero)
        agent.addLocalSocket(STUNPlaces.local, at: .zero)
        agent.endOfLocalSockets(at: .zero)
        agent.setRemoteCredentials(theirs, at: .zero)
        if let candidate = try? ICECandidate("candidate:1 1 udp 2130706431 10.0.0.2 5000 typ host") {
            agent.addRemoteCandidate(candidate, at: .zero)
        }
        var datagram: [UInt8] = []
        var last = STUNTransactionID(high: 0, low: 0)
        while agent.pollTransmit(into: &datagram) != nil {
            if let sent = try? STUNMessage(parsing: datagram.span) { last = sent.transactionID }
        }
        while agent.pollEvent() != nil {}
        return (agent, last)
    }()

    private static func sign(_ message: STUNMessage, answering id: STUNTransactionID?, into datagram: inout [UInt8]) {
        var signed = message
        if let id { signed.transactionID = id }
        if message.messageClass == .request {
            signed.username = "\(ours.ufrag):\(theirs.ufrag)"
            signed.write(into: &datagram, password: ours.password)
        } else {
            signed.write(into: &datagram, password: theirs.password)
        }
    }

    /// What was read is written so that it reads the same.
    private static func checkWriting(_ message: STUNMessage) throws(BrokenPromise) {
        var written: [UInt8] = []
        message.write(into: &written, password: nil)
        var expected = message
        expected.notUnderstood = []
        expected.integrityOffset = nil
        expected.hasFingerprint = true
        do {
            let again = try STUNMessage(parsing: written.span)
            try promise(again == expected, "written: \(expected)\nread: \(again)")
        } catch {
            throw BrokenPromise("\(message) as written is refused: \(error)")
        }
    }
}

import Base
import DTLS
import ICE
import RTP
import Testing

@testable import WebRTC

@Suite struct HostileDatagramTests {
    /// Makes datagrams that nobody honest sends.
    private struct Attacker {
        var random: SeededRandom
        var clientHello: [UInt8] = []

        init(seed: UInt64, at now: Instant) throws {
            random = SeededRandom(seed: seed)
            var client = try Endpoint(role: .client, certificate: VirtualCall.certificates.0)
            client.start(at: now)
            _ = client.pollTransmit(into: &clientHello)
        }

        mutating func number(below limit: Int) -> Int { Int(random.next() % UInt64(limit)) }

        /// - Parameter real: a datagram seen on the way.
        mutating func datagram(like real: [UInt8]) -> [UInt8] {
            switch number(below: 8) {
            case 0: return random.bytes(number(below: 120))
            case 1, 2: return mutated(real)
            case 3: return Array(real.prefix(number(below: real.count + 1)))
            case 4: return real
            case 5:
                return [0x80 | UInt8(number(below: 64)), UInt8(192 + number(below: 32))]
                    + random.bytes(number(below: 80))
            case 6:
                return [0, 1, 0, UInt8(number(below: 16) * 4), 0x21, 0x12, 0xA4, 0x42] + random.bytes(number(below: 90))
            default: return number(below: 2) == 0 ? clientHello : mutated(clientHello)
            }
        }

        mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
            var copy = bytes
            guard !copy.isEmpty else { return copy }
            for _ in 0...number(below: 6) {
                copy[number(below: copy.count)] ^= UInt8(truncatingIfNeeded: random.next())
            }
            return copy
        }
    }

    /// 20 000 datagrams into a running call: random, cut short, changed, replayed, handshakes; from the peer's address
    /// and from others.
    @Test(arguments: UInt64(1)...4) func nothingFromOutsideDisturbsTheCall(seed: UInt64) throws {
        var call = try VirtualCall.connected(seed: seed)
        call.captures = true
        call.play(for: .milliseconds(200))
        var attacker = try Attacker(seed: seed, at: call.now)
        let stranger = SocketAddress(ip: .v4(0x0A00_0063), port: 5000)
        for _ in 0..<100 {
            for _ in 0..<50 {
                let real = call.captured[attacker.number(below: call.captured.count)]
                var bytes = attacker.datagram(like: real.bytes)
                let isStranger = attacker.number(below: 3) == 0
                if real.toFar {
                    call.far.peer.receive(
                        &bytes, from: isStranger ? stranger : call.near.address, on: call.far.address, at: call.now)
                } else {
                    call.near.peer.receive(
                        &bytes, from: isStranger ? stranger : call.far.address, on: call.near.address, at: call.now)
                }
            }
            call.play(for: .milliseconds(20))
        }
        call.run(for: .milliseconds(100))
        #expect(call.near.states == [.connecting, .connected], "seed \(seed), \(call.near.failures)")
        #expect(call.far.states == [.connecting, .connected], "seed \(seed), \(call.far.failures)")
        #expect(call.near.audio.map(\.number) == Array(0..<110), "seed \(seed)")
        #expect(call.far.audio.map(\.number) == Array(0..<110), "seed \(seed)")
        #expect(call.near.frames.count == 55 && call.far.frames.count == 55, "seed \(seed)")
        for counters in [call.near.peer.counters, call.far.peer.counters] {
            #expect(counters.unvalidatedDatagrams > 100, "seed \(seed)")
            #expect(counters.unprotectFailures > 100, "seed \(seed)")
            #expect(counters.unknownDatagrams > 10, "seed \(seed)")
        }
        let ice = call.near.peer.statistics(at: call.now).transport.ice
        #expect(ice.malformedDatagrams > 10, "seed \(seed)")
        #expect(call.near.stuckTimeouts + call.far.stuckTimeouts == 0, "seed \(seed)")
    }

    /// The peer itself, authenticated, sends rubbish: what SRTP lets through is no better.
    @Test(arguments: UInt64(1)...2) func anAuthenticPeerThatSendsRubbishHarmsOnlyItself(seed: UInt64) throws {
        var call = try VirtualCall.connected(seed: seed)
        call.play(for: .milliseconds(200))
        var attacker = try Attacker(seed: seed, at: call.now)
        var samples = plaintext(of: call.far.peer)
        for _ in 0..<100 {
            for _ in 0..<50 {
                let isControl = attacker.number(below: 2) == 0
                let sample = samples[isControl ? attacker.number(below: 4) : 4 + attacker.number(below: 3)]
                var bytes = attacker.mutated(sample)
                if attacker.number(below: 4) == 0 { bytes = Array(bytes.prefix(8 + attacker.number(below: 40))) }
                // Still RTP or RTCP in the eyes of SRTP.
                bytes[0] = 0x80 | bytes[0] & 0x3F
                if isControl { bytes[1] = 192 + bytes[1] % 32 } else { bytes[1] = bytes[1] % 64 + 96 & 0x7F }
                while bytes.count < 12 { bytes.append(0) }
                call.far.peer.plain.push(swapping: &bytes, tag: isControl ? .rtcp : .rtp)
            }
            call.run(for: .milliseconds(20))
        }
        samples.removeAll()
        #expect(call.near.peer.state == .connected, "seed \(seed)")
        #expect(call.near.peer.counters.malformedPackets > 100, "seed \(seed)")
        #expect(call.near.peer.statistics(at: call.now).counters.droppedEvents == 0, "seed \(seed)")
        #expect(call.near.stuckTimeouts == 0, "seed \(seed)")
        // And the other way nothing has happened.
        call.far.audio.removeAll()
        call.play(for: .seconds(1))
        #expect(call.far.audio.count >= 49, "seed \(seed)")
    }

    /// One of each kind of what an end sends: four of RTCP, three of RTP.
    private func plaintext(of peer: borrowing PeerConnection) -> [[UInt8]] {
        let own = peer.audioSenders[0].sender.configuration
        let remote = peer.videoReceivers[0].receiver.stream.ssrc ?? SSRC(1)
        var report: [UInt8] = []
        report.appendRTCPReceiverReport(
            from: own.ssrc,
            blocks: [
                ReportBlock(
                    ssrc: remote, fractionLost: 9, cumulativeLost: 9, extendedHighestSequenceNumber: 9, jitter: 9)
            ])
        var nack: [UInt8] = []
        nack.appendRTCPNack(from: own.ssrc, about: remote, lost: [SequenceNumber(1), SequenceNumber(5)])
        var bye: [UInt8] = []
        bye.appendRTCPReceiverReport(from: own.ssrc)
        bye.appendRTCPGoodbye([own.ssrc])
        var feedback = TransportFeedback()
        feedback.begin(at: SequenceNumber(1), arrival: .zero)
        _ = feedback.add(SequenceNumber(1), arrival: .zero)
        var wide: [UInt8] = []
        wide.appendRTCP(feedback)
        let video = peer.videoSenders[0].sender.configuration
        func packet(_ type: PayloadType, _ ssrc: SSRC, _ payload: [UInt8]) -> [UInt8] {
            var bytes: [UInt8] = []
            bytes.append(
                RTPHeader(payloadType: type, sequenceNumber: SequenceNumber(7), timestamp: 9, ssrc: ssrc),
                extensions: RTPExtensionValues(mid: video.mid, transportSequenceNumber: 3), map: video.extensions)
            return bytes + payload
        }
        return [
            report, nack, bye, wide, packet(own.payloadType, own.ssrc, MediaPump.payload(1)),
            packet(video.payloadType, video.ssrc, [0x90, 0x80, 0x80, 1] + MediaPump.head(isKeyFrame: true)),
            packet(video.payloadType, video.retransmission?.ssrc ?? video.ssrc, [0, 7, 0x10, 0x10]),
        ]
    }
}

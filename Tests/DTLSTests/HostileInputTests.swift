import Base
import Testing

@testable import DTLS

@Suite struct HostileInputTests {
    /// A record around a fragment.
    static func record(_ type: UInt8, epoch: UInt16 = 0, sequence: UInt32 = 900, _ fragment: [UInt8]) -> [UInt8] {
        var record: [UInt8] = [type, 0xFE, 0xFD]
        record.append(bigEndian: epoch)
        record.append(bigEndian: UInt16(0))
        record.append(bigEndian: sequence)
        record.append(bigEndian: UInt16(fragment.count))
        return record + fragment
    }

    enum Noise: CaseIterable {
        case random, recordTypes, underUnknownKeys, applicationData, changeCipherSpec, handshakeMessages

        func datagram(_ random: inout SeededRandom) -> [UInt8] {
            func body(_ limit: UInt64) -> [UInt8] { random.bytes(Int(1 + random.next() % limit)) }
            return switch self {
            case .random: body(300)
            case .recordTypes: [UInt8(20 + random.next() % 44)] + body(100)
            case .underUnknownKeys: HostileInputTests.record(UInt8(20 + random.next() % 4), epoch: 1, body(200))
            case .applicationData: HostileInputTests.record(23, epoch: UInt16(random.next() % 4), body(200))
            // Ahead of the true ones, but by less than the replay window of 64: a forged plaintext record further ahead
            // or with a true one's number shuts that out, and nothing in DTLS helps against it. Hence only
            // ICE-validated addresses are let in.
            case .changeCipherSpec:
                HostileInputTests.record(
                    20, epoch: UInt16(random.next() % 2), sequence: 50 + UInt32(random.next() % 14), [1])
            case .handshakeMessages: HostileInputTests.record(22, body(200))
            }
        }
    }

    @Test(arguments: Noise.allCases) func garbageChangesNothingBeforeDuringAndAfterTheHandshake(_ noise: Noise) throws {
        let seed: UInt64 = 4711
        var random = SeededRandom(seed: seed)
        let association = try Association()
        association.start()
        for _ in 0..<12 {
            for _ in 0..<20 {
                association.inject(noise.datagram(&random), to: .server)
                association.inject(noise.datagram(&random), to: .client)
            }
            association.run(for: .milliseconds(10))
        }
        association.run()
        #expect(association.clientKeys != nil, "seed \(seed): \(association.clientEvents)")
        #expect(association.serverKeys != nil, "seed \(seed): \(association.serverEvents)")
        for _ in 0..<200 {
            association.inject(noise.datagram(&random), to: .server)
            association.inject(noise.datagram(&random), to: .client)
        }
        association.run()
        #expect(association.clientIsConnected && association.serverIsConnected, "seed \(seed)")
        #expect(association.serverDiscarded >= 200 && association.clientDiscarded >= 200)
    }

    @Test func brokenClientHellosBeforeTheTrueOneDoNoHarm() throws {
        let association = try Association()
        association.server.start(at: .zero)
        var random = SeededRandom(seed: 5)
        for round in 0..<50 {
            // A ClientHello (1) of random content, and one that is cut off.
            let body = random.bytes(60 + round)
            var message: [UInt8] = [1]
            message.append(bigEndian24: UInt32(body.count))
            message.append(bigEndian: UInt16(0))
            message.append(bigEndian24: 0)
            message.append(bigEndian24: UInt32(body.count))
            association.inject(Self.record(22, message + body), to: .server)
        }
        association.run(for: .milliseconds(1))
        #expect(association.serverEvents.isEmpty)
        #expect(association.sent.isEmpty, "an alert in return would break off the true client")
        association.start()
        association.run()
        #expect(association.clientKeys != nil && association.serverKeys != nil)
        #expect(association.serverDiscarded >= 50)
    }

    @Test func aSecondClientHelloChangesNothing() throws {
        let stranger = try Association()
        stranger.client.start(at: .zero)
        stranger.collect()
        let hello = try #require(stranger.sent.first).bytes

        // During the handshake.
        let association = try Association()
        association.start()
        association.run(for: .milliseconds(45))
        association.inject(hello, to: .server)
        association.run()
        #expect(association.clientKeys != nil, "\(association.clientEvents)")
        #expect(association.serverKeys != nil, "\(association.serverEvents)")
        // After it.
        let discarded = association.serverDiscarded
        let events = association.serverEvents.count
        association.inject(hello, to: .server)
        association.inject(hello, to: .client)
        association.run()
        #expect(association.serverIsConnected && association.clientIsConnected)
        #expect(association.serverDiscarded == discarded + 1)
        #expect(association.serverEvents.count == events)
    }

    @Test func forgedAlertsDoNotEndAConnection() throws {
        let association = try Association()
        association.start()
        association.run()
        for level: UInt8 in [1, 2] {
            for code: UInt8 in [0, 10, 40, 80, 90] {
                for epoch: UInt16 in [0, 1, 2] {
                    association.inject(Self.record(21, epoch: epoch, [level, code]), to: .server)
                    association.inject(Self.record(21, epoch: epoch, [level, code]), to: .client)
                }
            }
        }
        association.run()
        #expect(association.clientIsConnected && association.serverIsConnected)
        #expect(association.clientEvents.count == 1 && association.serverEvents.count == 1)
    }

    /// OpenSSL before 3.0.22 of Debian 12's security updates ends a connection over one of them (CVE-2026-75806).
    @Test func recordsTooShortForTheirCipherAreKeptFromOpenSSL() throws {
        let association = try Association()
        association.start()
        association.run()
        for type in 20...23 as ClosedRange<UInt8> {
            for count in 1...24 {
                let record = Self.record(type, epoch: 1, [UInt8](repeating: 7, count: count))
                #expect(RecordLayer.plausiblePrefix(of: record.span) == 0, "\(type), \(count) bytes")
                association.inject(record, to: .server)
                association.inject(record, to: .client)
            }
            // Long enough to be one, and forged all the same.
            association.inject(Self.record(type, epoch: 1, [UInt8](repeating: 7, count: 25)), to: .server)
        }
        association.run()
        #expect(association.clientIsConnected && association.serverIsConnected)
        #expect(association.clientDiscarded >= 96 && association.serverDiscarded >= 100)
    }

    @Test func replayedDatagramsChangeNothing() throws {
        let association = try Association()
        association.start()
        association.run()
        for (from, bytes) in association.sent {
            association.inject(bytes, to: from == .client ? .server : .client)
        }
        association.run()
        #expect(association.clientIsConnected && association.serverIsConnected)
    }
}

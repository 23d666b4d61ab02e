import Base
import CLinux
import Media
import Testing

@testable import Transport

@Suite struct SocketTests {
    @Test(arguments: ["127.0.0.1:5000", "10.1.2.3:65535", "[2001:db8::1:2]:1", "[::1]:443"])
    func addressesSurviveTheSystem(_ text: String) throws {
        let address = try #require(SocketAddress(text))
        #expect(SocketAddress(address.system) == address)
    }

    @Test func listsLoopbackOnlyWhenAsked() throws {
        let all = try NetworkInterfaces.addresses(includeLoopback: true)
        #expect(all.contains(.loopbackV4))
        #expect(Set(all).count == all.count)
        let outside = (try? NetworkInterfaces.addresses(includeLoopback: false)) ?? []
        #expect(!outside.contains { $0.isLoopback || $0.isLinkLocal })
    }

    private func socket(ports: ClosedRange<UInt16>? = nil) throws -> UDPSocket {
        var random = SeededRandom(seed: 1)
        return try UDPSocket(on: .loopbackV4, options: SocketOptions(ports: ports), random: &random)
    }

    @Test func sendsAndReceivesBatches() throws {
        let (sender, receiver) = (try socket(), try socket())
        var outgoing = try DatagramBatch()
        var incoming = try DatagramBatch()
        let empty = incoming.receive(on: receiver.descriptor)
        #expect(empty == 0)

        var expected: [[UInt8]] = []
        for length in [0, 1, 500, 1500, 2048] {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            // An empty datagram is legal but carries nothing of ours: it may or may not be sent.
            let taken = outgoing.append(bytes, to: receiver.local)
            #expect(taken)
            if length > 0 { expected.append(bytes) }
        }
        let tooLong = outgoing.append([UInt8](repeating: 0, count: 2049), to: receiver.local)
        #expect(!tooLong)
        let result = outgoing.send(on: sender.descriptor)
        #expect(result.failed == 0 && result.dropped == 0 && result.sent >= expected.count)

        var bytes: [UInt8] = []
        var received: [[UInt8]] = []
        let count = incoming.receive(on: receiver.descriptor)
        for index in 0..<count {
            let from = incoming.datagram(at: index, into: &bytes)
            #expect(from == sender.local)
            if !bytes.isEmpty { received.append(bytes) }
        }
        #expect(received == expected)
    }

    @Test func fullBatchesArriveInOrder() throws {
        let (sender, receiver) = (try socket(), try socket())
        var outgoing = try DatagramBatch()
        var incoming = try DatagramBatch()
        for index in 0..<DatagramBatch.capacity {
            let full = outgoing.isFull
            #expect(!full)
            _ = outgoing.append([UInt8(index)], to: receiver.local)
        }
        let full = outgoing.isFull
        #expect(full)
        let result = outgoing.send(on: sender.descriptor)
        #expect(result == DatagramBatch.SendResult(sent: DatagramBatch.capacity))
        let count = incoming.receive(on: receiver.descriptor)
        #expect(count == DatagramBatch.capacity)
        var bytes: [UInt8] = []
        for index in 0..<count {
            _ = incoming.datagram(at: index, into: &bytes)
            #expect(bytes == [UInt8(index)])
        }
    }

    @Test func tellsOfDatagramsThatAreTooLong() throws {
        let (sender, receiver) = (try socket(), try socket())
        // One longer than our slots, sent past the batch.
        var headers = clinux_batch()
        #expect(clinux_batch_create(&headers, 1, 3000) == 0)
        defer { clinux_batch_destroy(&headers) }
        var address = receiver.local.system
        clinux_batch_put(&headers, 0, [UInt8](repeating: 1, count: 2500), 2500, &address)
        #expect(clinux_batch_send(&headers, sender.descriptor, 0, 1) == 1)
        var incoming = try DatagramBatch()
        let count = incoming.receive(on: receiver.descriptor)
        #expect(count == 1)
        var bytes: [UInt8] = []
        let from = incoming.datagram(at: 0, into: &bytes)
        #expect(from == nil)
    }

    @Test func oneUnreachableAddressDoesNotHoldTheOthersBack() throws {
        let (sender, receiver) = (try socket(), try socket())
        var outgoing = try DatagramBatch()
        // An IPv4 socket on loopback reaches neither.
        _ = outgoing.append([1], to: SocketAddress(ip: .v6(high: 0x2001_0db8_0000_0000, low: 1), port: 9))
        _ = outgoing.append([2], to: receiver.local)
        _ = outgoing.append([3], to: SocketAddress(ip: .v4(0xC000_0201), port: 9))
        _ = outgoing.append([4], to: receiver.local)
        let result = outgoing.send(on: sender.descriptor)
        #expect(result.failed >= 1)
        var incoming = try DatagramBatch()
        let count = incoming.receive(on: receiver.descriptor)
        #expect(count == 2)
    }

    @Test func findsTheOnlyFreePortAndThenNone() throws {
        let probe = try socket()
        let port = probe.local.port
        #expect(throws: TransportError.noPort(address: "127.0.0.1", range: port...port)) {
            _ = try socket(ports: port...port)
        }
        if port < .max, let neighbour = try? socket(ports: port...port + 1) {
            #expect(neighbour.local.port == port + 1)
        }
    }

    @Test func sleepsUntilAnAbsoluteInstantOrASignal() throws {
        let signal = EventSignal()
        var poller = try Poller()
        try poller.add(signal.fileDescriptor)
        var readable: [Int32] = []
        let start = MonotonicClock.now
        poller.wait(until: start + .milliseconds(20), now: start, into: &readable)
        #expect(readable.isEmpty)
        #expect(MonotonicClock.now >= start + .milliseconds(20))

        signal.signal()
        poller.wait(until: nil, now: MonotonicClock.now, into: &readable)
        #expect(readable == [signal.fileDescriptor])
        signal.drain()
        // A deadline in the past does not block.
        poller.wait(until: start, now: MonotonicClock.now, into: &readable)
        #expect(readable.isEmpty)
    }
}

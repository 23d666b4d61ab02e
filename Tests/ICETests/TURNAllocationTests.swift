import Base
import Testing

@testable import ICE

/// One allocation and its server, on virtual time; 10 ms each way.
final class TURNBench {
    static let client = Simulation.address("192.0.2.1:5000")
    static let peer = Simulation.address("203.0.113.9:7000")

    var allocation: TURNAllocation
    var servers: [SocketAddress: VirtualTURNServer]
    var now = Instant.zero
    var events: [TURNAllocation.Event] = []
    /// Data that came from peers.
    var received: [(peer: SocketAddress, bytes: [UInt8])] = []
    /// Data that went to peers.
    var delivered: [(peer: SocketAddress, bytes: [UInt8])] = []
    var sent: [[UInt8]] = []
    /// Changes what is on its way to the client.
    var tamper: (([UInt8]) -> [UInt8]?)?
    /// Drops what is on its way to the server.
    var isCut = false
    var needed: (IPAddress) -> Bool = { _ in true }
    private var toClient: [(at: Instant, bytes: [UInt8])] = []
    private var toServer: [(at: Instant, bytes: [UInt8], server: SocketAddress)] = []

    init(_ server: VirtualTURNServer, credential: String? = nil, wantsIPv6: Bool = false) {
        var configuration = server.configuration
        if let credential { configuration.credential = credential }
        allocation = TURNAllocation(server: configuration, wantsIPv6: wantsIPv6, random: SeededRandom(seed: 1))
        servers = [server.address: server]
    }

    func drain() {
        while let event = allocation.pollEvent() { events.append(event) }
        var bytes: [UInt8] = []
        while allocation.pollTransmit(into: &bytes) { send(bytes) }
        while allocation.hasQueuedRequest {
            allocation.sendNext(at: now)
            while allocation.pollTransmit(into: &bytes) { send(bytes) }
        }
    }

    private func send(_ bytes: [UInt8]) {
        sent.append(bytes)
        if !isCut { toServer.append((now + .milliseconds(10), bytes, allocation.serverAddress)) }
    }

    /// Wraps and sends; returns whether it was taken.
    @discardableResult
    func send(_ data: [UInt8], to peer: SocketAddress = TURNBench.peer) -> Bool {
        var bytes = data
        guard allocation.wrap(&bytes, to: peer) else { return false }
        send(bytes)
        return true
    }

    func peerSends(_ data: [UInt8], from peer: SocketAddress = TURNBench.peer) {
        guard let relayed = allocation.lease?.relayed else { return }
        for server in servers.values {
            for answer in server.receive(data, from: peer, onRelayed: relayed, at: now) {
                toClient.append((now + .milliseconds(10), answer.bytes))
            }
        }
    }

    func run(for duration: Duration) {
        let end = now + duration
        drain()
        while true {
            let times = toClient.map(\.at) + toServer.map(\.at) + [allocation.nextDeadline].compactMap(\.self)
            guard let next = times.min(), next <= end else { break }
            now = max(now, next)
            while let index = toServer.firstIndex(where: { $0.at <= now }) {
                let datagram = toServer.remove(at: index)
                for answer in servers[datagram.server]?.receive(datagram.bytes, from: Self.client, at: now) ?? [] {
                    if answer.destination == Self.client {
                        toClient.append((now + .milliseconds(10), answer.bytes))
                    } else {
                        delivered.append((answer.destination, answer.bytes))
                    }
                }
            }
            while let index = toClient.firstIndex(where: { $0.at <= now }) {
                let original = toClient.remove(at: index).bytes
                guard let bytes = tamper.map({ $0(original) }) ?? original else { continue }
                if case .data(let peer, let range) = allocation.handle(bytes.span, at: now) {
                    received.append((peer, Array(bytes[range])))
                }
            }
            if let deadline = allocation.nextDeadline, deadline <= now {
                allocation.handleTimeout(at: now, needs: needed)
            }
            drain()
        }
        now = end
    }

    func allocate() {
        allocation.start(at: now)
        run(for: .seconds(1))
    }

    var failure: TURNFailure? {
        if case .failed(let failure) = allocation.state { failure } else { nil }
    }
}

@Suite struct TURNAllocationTests {
    private static func server() -> VirtualTURNServer {
        VirtualTURNServer(Simulation.address("198.51.100.1:3478"), relayIP: IPAddress("198.51.100.7"))
    }

    private func allocated() -> (TURNBench, VirtualTURNServer) {
        let server = Self.server()
        let bench = TURNBench(server)
        bench.allocate()
        return (bench, server)
    }

    private func permitted() -> (TURNBench, VirtualTURNServer) {
        let (bench, server) = allocated()
        bench.allocation.permit(TURNBench.peer.ip)
        bench.run(for: .seconds(1))
        return (bench, server)
    }

    // MARK: - The allocation

    @Test func allocatesWithLongTermCredentialsInTwoRoundTrips() throws {
        let (bench, server) = allocated()
        let lease = try #require(bench.allocation.lease)
        #expect(lease.relayed == Simulation.address("198.51.100.7:49152") && lease.mapped == TURNBench.client)
        #expect(bench.events == [.allocated(relayed: lease.relayed, mapped: lease.mapped)])
        #expect(server.requests == [STUNMessage.allocate, STUNMessage.allocate])
        let (bare, signed) = (bench.sent[0], bench.sent[1])
        let first = try STUNMessage(parsing: bare.span)
        let second = try STUNMessage(parsing: signed.span)
        #expect(first.integrityOffset == nil && first.username == nil)
        #expect(second.username == "room" && second.realm == "example.org" && second.nonce == Array("nonce-1".utf8))
        #expect(first.transactionID != second.transactionID)
        #expect(server.violations.isEmpty)
    }

    @Test func aLostRequestIsRetransmittedAndADeafServerGivenUpAfterFortySeconds() {
        let server = Self.server()
        let bench = TURNBench(server)
        server.deafness = 2
        bench.allocation.start(at: bench.now)
        bench.run(for: .seconds(3))
        #expect(bench.allocation.lease != nil && bench.allocation.statistics.retransmissions == 2)

        let silent = Self.server()
        silent.deafness = 1000
        let other = TURNBench(silent)
        other.allocation.start(at: other.now)
        other.run(for: .milliseconds(39400))
        #expect(other.allocation.state == .allocating)
        other.run(for: .milliseconds(200))
        #expect(other.failure == .noAnswer && other.allocation.nextDeadline == nil)
    }

    @Test func aPermissionThatWasNeverAnsweredMayBeAskedForAgain() {
        let bench = TURNBench(Self.server())
        bench.allocate()
        bench.isCut = true
        bench.allocation.permit(TURNBench.peer.ip)
        bench.run(for: .seconds(45))
        #expect(bench.events.last == .refused(TURNBench.peer.ip, .noAnswer))
        bench.isCut = false
        bench.allocation.permit(TURNBench.peer.ip)
        bench.run(for: .seconds(1))
        #expect(bench.allocation.permits(TURNBench.peer.ip) && bench.events.last == .permitted(TURNBench.peer.ip))
    }

    @Test(arguments: [
        (403, TURNFailure.forbidden), (437, .allocationMismatch), (441, .wrongCredentials(code: 441)),
        (442, .unsupportedTransport), (486, .quotaReached), (508, .insufficientCapacity),
        (440, .addressFamily(code: 440)), (500, .refused(code: 500, reason: "refused")),
    ])
    func refusalsAreToldApart(code: Int, failure: TURNFailure) {
        let server = Self.server()
        server.refusals[STUNMessage.allocate] = code
        let bench = TURNBench(server)
        bench.allocate()
        #expect(bench.failure == failure)
        #expect(bench.events == [.failed(failure)])
        #expect("\(failure)".contains("TURN server"))
        // Asked again only when the RFC allows it.
        let waits = [437, 486, 508].contains(code)
        let startsAtOnce = bench.allocation.start(at: bench.now)
        #expect(startsAtOnce == !waits)
        if waits {
            let startsLater = bench.allocation.start(at: bench.now + .seconds(120))
            #expect(startsLater)
        }
    }

    @Test func wrongCredentialsEndItAfterOneTry() {
        let server = Self.server()
        let bench = TURNBench(server, credential: "wrong")
        bench.allocate()
        #expect(bench.failure == .wrongCredentials(code: 401))
        #expect(server.requests.count == 2)
    }

    @Test func followsAnAlternateServerButNotInCircles() {
        let first = Self.server()
        let second = VirtualTURNServer(Simulation.address("198.51.100.2:3478"))
        second.realm = "other.example"
        first.alternate = second.address
        let bench = TURNBench(first)
        bench.servers[second.address] = second
        bench.allocate()
        #expect(bench.allocation.lease?.relayed.ip == second.address.ip)
        #expect(bench.allocation.serverAddress == second.address)
        #expect(bench.events.first == .redirected)

        for server in [first, second] { server.crash() }
        second.alternate = first.address
        let circle = TURNBench(first)
        circle.servers[second.address] = second
        circle.allocate()
        #expect(circle.failure == .redirectedInVain(to: first.address))
        for server in [first, second] { server.crash() }
        first.alternate = Simulation.address("[2001:db8::1]:3478")
        let otherFamily = TURNBench(first)
        otherFamily.allocate()
        #expect(otherFamily.failure == .redirectedInVain(to: first.alternate))
    }

    @Test func asksForIPv6AndTakesIPv4FromAServerThatHasNone() {
        for hasIPv6 in [true, false] {
            let server = Self.server()
            server.hasIPv6 = hasIPv6
            let bench = TURNBench(server, wantsIPv6: true)
            bench.allocate()
            #expect(bench.allocation.lease?.relayed.ip.isV6 == hasIPv6)
        }
    }

    @Test func isRefreshedAMinuteBeforeItsEndForHours() {
        let (bench, server) = permitted()
        bench.run(for: .seconds(3600 * 3))
        #expect(bench.allocation.lease != nil && server.violations.isEmpty)
        let times = server.refreshes.filter { $0.lifetime == nil }.map(\.at.nanoseconds)
        let gaps = zip(times.dropFirst(), times).map { ($0 - $1) / 1_000_000_000 }
        // The nonce goes stale each hour: a challenge more.
        #expect(gaps.allSatisfy { (539...541).contains($0) || $0 == 0 } && times.count > 18)
        #expect(bench.events.count == 2, "no event but the allocation and the permission: \(bench.events)")
    }

    @Test func aShortLifetimeIsRefreshedAtItsHalf() {
        let server = Self.server()
        server.lifetime = 60
        let bench = TURNBench(server)
        bench.allocate()
        bench.run(for: .seconds(300))
        #expect(bench.allocation.lease != nil)
        #expect((9...10).contains(server.refreshes.count))
    }

    @Test func aStaleNonceIsReplacedAndTheRequestRepeated() {
        let (bench, server) = allocated()
        server.staleAllNonces()
        bench.allocation.permit(TURNBench.peer.ip)
        bench.run(for: .seconds(1))
        #expect(bench.allocation.permits(TURNBench.peer.ip) && server.permissionRequests.count == 1)
        // A server that finds every nonce stale is not asked for ever.
        server.nonceLifetime = .zero
        bench.allocation.permit(.v4(0x0808_0808))
        bench.run(for: .seconds(10))
        #expect(bench.events.last == .refused(.v4(0x0808_0808), .unusableChallenge))
    }

    @Test func aServerThatForgotTheAllocationEndsIt() {
        let (bench, server) = permitted()
        server.crash()
        bench.run(for: .seconds(600))
        #expect(bench.failure == .allocationMismatch)
        #expect(!bench.send([1]) && bench.allocation.nextDeadline == nil)
    }

    @Test func withoutRenewalItExpiresAndNotBefore() {
        let (bench, _) = allocated()
        bench.isCut = true
        bench.run(for: .seconds(598))
        #expect(bench.allocation.lease != nil)
        bench.run(for: .seconds(3))
        #expect(bench.failure == .expired)
    }

    @Test func closingGivesTheAllocationBack() {
        let (bench, server) = permitted()
        bench.allocation.close(at: bench.now)
        bench.run(for: .seconds(1))
        #expect(server.allocations.isEmpty && server.refreshes.last?.lifetime == 0)
        #expect(bench.allocation.nextDeadline == nil && bench.allocation.state == .closed)
        let starts = bench.allocation.start(at: bench.now)
        #expect(!starts)
    }

    // MARK: - Permissions, channels, data

    @Test func dataFlowsInIndicationsOnceAPeerIsPermitted() {
        let (bench, server) = allocated()
        #expect(!bench.send([1, 2, 3]), "nothing leaves without a permission")
        bench.peerSends([9])
        bench.allocation.permit(TURNBench.peer.ip)
        bench.run(for: .seconds(1))
        #expect(bench.events.last == .permitted(TURNBench.peer.ip))
        for count in 0...5 { bench.send([UInt8](repeating: 7, count: count)) }
        bench.peerSends([1, 2, 3])
        bench.run(for: .seconds(1))
        #expect(bench.delivered.map(\.bytes.count) == [0, 1, 2, 3, 4, 5])
        #expect(bench.delivered.allSatisfy { $0.peer == TURNBench.peer })
        #expect(bench.received.map(\.bytes) == [[1, 2, 3]] && bench.received.map(\.peer) == [TURNBench.peer])
        #expect(server.sendIndications == 6 && server.violations.isEmpty)
    }

    @Test func theChannelTakesOverWhenItIsBound() {
        let (bench, server) = permitted()
        bench.allocation.useChannel(to: TURNBench.peer, at: bench.now)
        bench.send([1])
        bench.run(for: .seconds(1))
        #expect(server.sendIndications == 1 && server.channelData == 0)
        for count in 0...5 { bench.send([UInt8](repeating: 7, count: count)) }
        bench.peerSends([4, 5])
        bench.run(for: .seconds(1))
        #expect(server.channelData == 6 && server.sendIndications == 1)
        #expect(bench.delivered.map(\.bytes.count) == [1, 0, 1, 2, 3, 4, 5])
        #expect(bench.received.map(\.bytes) == [[4, 5]])
        #expect(bench.allocation.statistics.channelDataReceived == 1 && server.violations.isEmpty)
    }

    @Test func permissionsAndTheChannelInUseAreRenewedInTime() {
        let (bench, server) = permitted()
        bench.allocation.permit(.v4(0xCB00_7110))
        bench.allocation.useChannel(to: TURNBench.peer, at: bench.now)
        bench.run(for: .seconds(1))
        for _ in 0..<120 {
            bench.run(for: .seconds(30))
            bench.send([1])
            bench.peerSends([2])
        }
        bench.run(for: .seconds(1))
        #expect(bench.delivered.count == 120 && bench.received.count == 120)
        #expect(server.violations.isEmpty && server.sendIndications == 0)
        // Binding the channel renews the permission, too.
        let renewals =
            (server.permissionRequests.filter { $0.peer == TURNBench.peer.ip }.map(\.at)
            + server.channelRequests.map(\.at)).sorted()
        #expect(
            renewals.count > 15 && zip(renewals.dropFirst(), renewals).allSatisfy { $0 - $1 <= .milliseconds(240_100) })
        #expect((6...7).contains(server.channelRequests.count))
    }

    @Test func permissionsThatNobodyNeedsLapse() {
        let (bench, server) = permitted()
        bench.needed = { _ in false }
        bench.run(for: .seconds(3600))
        #expect(server.permissionRequests.count == 1 && !bench.allocation.permits(TURNBench.peer.ip))
        // And may be had again.
        bench.allocation.permit(TURNBench.peer.ip)
        bench.run(for: .seconds(1))
        #expect(bench.allocation.permits(TURNBench.peer.ip))
    }

    @Test func anUnusedChannelLapsesAndKeepsItsNumberForItsPeer() {
        let (bench, server) = permitted()
        let other = Simulation.address("203.0.113.9:7001")
        for (index, peer) in [TURNBench.peer, other, TURNBench.peer].enumerated() {
            bench.allocation.useChannel(to: peer, at: bench.now)
            bench.run(for: .seconds(index == 1 ? 700 : 1))
            bench.send([UInt8(index)], to: peer)
            bench.run(for: .seconds(1))
        }
        #expect(bench.delivered.map(\.peer) == [TURNBench.peer, other, TURNBench.peer])
        #expect(server.violations.isEmpty && server.channelData == 3)
        #expect(bench.allocation.channels.map(\.number) == [0x4000, 0x4001])
    }

    @Test func aForbiddenPeerIsReportedAndTheOthersWork() {
        let (bench, server) = allocated()
        server.forbidden = [.v4(0x7F00_0001)]
        bench.allocation.permit(.loopbackV4)
        bench.allocation.permit(TURNBench.peer.ip)
        bench.run(for: .seconds(1))
        #expect(bench.events.dropFirst() == [.refused(.loopbackV4, .forbidden), .permitted(TURNBench.peer.ip)])
        // A refused channel leaves the indications.
        server.refusals[STUNMessage.channelBind] = 508
        bench.allocation.useChannel(to: TURNBench.peer, at: bench.now)
        bench.run(for: .seconds(1))
        #expect(bench.send([1]))
        bench.run(for: .seconds(1))
        #expect(server.sendIndications == 1)
    }

    @Test func dataOfStrangersAndOnUnknownChannelsIsDropped() {
        let (bench, _) = permitted()
        let stranger = Simulation.address("203.0.113.66:1")
        for bytes in [
            VirtualTURNServer.wrap([1], from: stranger, channel: nil),
            VirtualTURNServer.wrap([1], from: TURNBench.peer, channel: 0x4001), [0x40, 0, 0, 9, 1], [0x4F, 0xFF, 0, 0],
        ] {
            let received = bench.allocation.handle(bytes.span, at: bench.now)
            #expect(received == .consumed)
        }
        #expect(bench.allocation.statistics.droppedData == 3 && bench.allocation.statistics.malformedMessages == 1)
    }

    // MARK: - Forged and broken answers

    @Test func answersThatAreNotSignedByTheServerDoNotCount() {
        for flips in 0..<2 {
            let (bench, _) = allocated()
            bench.tamper = { bytes in
                guard var message = try? STUNMessage(parsing: bytes.span), message.messageClass == .success else {
                    return bytes
                }
                message.lifetime = 1
                var forged: [UInt8] = []
                message.write(into: &forged, key: flips == 0 ? nil : [1, 2, 3])
                return forged
            }
            bench.allocation.permit(TURNBench.peer.ip)
            bench.run(for: .seconds(2))
            #expect(!bench.allocation.permits(TURNBench.peer.ip))
            #expect(bench.allocation.statistics.unauthenticatedResponses == 3)
            bench.tamper = nil
            bench.run(for: .seconds(3))
            #expect(bench.allocation.permits(TURNBench.peer.ip), "the request went on")
        }
    }

    @Test func mutatedAnswersNeverTrapAndRequestsStayBounded() {
        for seed in 0..<30 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            let bench = TURNBench(Self.server())
            bench.tamper = { bytes in
                var bytes = bytes
                for _ in 0..<random.next() % 3 {
                    bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
                }
                return bytes
            }
            for index in 0..<20 as Range<UInt32> {
                bench.allocation.start(at: bench.now + .seconds(200))
                bench.allocation.permit(.v4(0x0A00_0000 | index % 4))
                bench.allocation.useChannel(to: SocketAddress(ip: .v4(0x0A00_0000 | index % 4), port: 1), at: bench.now)
                bench.peerSends(random.bytes(Int(random.next() % 40)))
                bench.run(for: .seconds(7))
                #expect(bench.allocation.requests.count <= 20, "seed \(seed)")
            }
        }
    }

    @Test func boundsHoldWhateverIsAsked() {
        let (bench, _) = allocated()
        for index in 0..<1000 as Range<UInt32> {
            bench.allocation.permit(.v4(0x0A00_0000 | index))
            bench.allocation.useChannel(to: SocketAddress(ip: .v4(0x0A00_0000 | index), port: 1), at: bench.now)
            if index % 10 == 0 { bench.run(for: .milliseconds(50)) }
        }
        bench.run(for: .seconds(2))
        #expect(bench.allocation.permissions.count == TURNTiming.maximumPermissions)
        #expect(bench.allocation.channels.count == TURNTiming.maximumChannels)
    }
}

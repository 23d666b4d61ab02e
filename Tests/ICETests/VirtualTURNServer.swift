import Base
import Digests

@testable import ICE

/// A TURN server that holds clients strictly to RFC 8656 (over UDP) and remembers what they did wrong.
final class VirtualTURNServer {
    struct Datagram {
        let bytes: [UInt8]
        let source: SocketAddress
        let destination: SocketAddress
    }

    struct Channel {
        let peer: SocketAddress
        var expiresAt: Instant
    }

    struct Allocation {
        let relayed: SocketAddress
        var expiresAt: Instant
        var permissions: [IPAddress: Instant] = [:]
        var channels: [UInt16: Channel] = [:]
    }

    let address: SocketAddress
    let relayIP: IPAddress
    var user = "room"
    var password = "secret"
    var realm = "example.org"
    /// Seconds.
    var lifetime: UInt32 = 600
    /// How long a nonce is good.
    var nonceLifetime: Duration = .seconds(3600)
    /// Peers that it does not relay to.
    var forbidden: Set<IPAddress> = []
    /// Answers every signed request of a method with this.
    var refusals: [UInt16: Int] = [:]
    /// Where Allocate requests are sent on to.
    var alternate: SocketAddress?
    var hasIPv6 = true
    /// Swallows this many messages.
    var deafness = 0
    var isStrictAboutPermissions = true

    private(set) var allocations: [SocketAddress: Allocation] = [:]
    /// What clients did that RFC 8656 does not allow.
    private(set) var violations: [String] = []
    /// The methods of all requests that came, retransmissions included.
    private(set) var requests: [UInt16] = []
    /// Permissions asked for, with the time.
    private(set) var permissionRequests: [(at: Instant, peer: IPAddress)] = []
    private(set) var channelRequests: [(at: Instant, peer: SocketAddress)] = []
    private(set) var refreshes: [(at: Instant, lifetime: UInt32?)] = []
    private(set) var sendIndications = 0
    private(set) var channelData = 0
    /// Data refused because there was no permission or channel.
    private(set) var refusedData = 0
    private var nonces: [[UInt8]: Instant] = [:]
    private var nonceCount = 0
    private var nextPort: UInt16 = 49152
    private var answered: [STUNTransactionID: [UInt8]] = [:]

    init(_ address: SocketAddress, relayIP: IPAddress? = nil) {
        self.address = address
        self.relayIP = relayIP ?? address.ip
    }

    var key: [UInt8] { Digests.md5(Array("\(user):\(realm):\(password)".utf8)) }

    var configuration: TURNServer { TURNServer(address: address, username: user, credential: password) }

    /// Forgets everything, as after a crash.
    func crash() {
        allocations.removeAll()
        nonces.removeAll()
        answered.removeAll()
    }

    func staleAllNonces() { nonces.removeAll() }

    func expire(at now: Instant) {
        allocations = allocations.filter { $0.value.expiresAt > now }
    }

    // MARK: - From clients

    func receive(_ bytes: [UInt8], from client: SocketAddress, at now: Instant) -> [Datagram] {
        expire(at: now)
        guard deafness == 0 else {
            deafness -= 1
            return []
        }
        if bytes.first.map({ $0 >> 6 }) == 1 { return receiveChannelData(bytes, from: client, at: now) }
        guard let message = try? STUNMessage(parsing: bytes.span) else {
            violations.append("a datagram that is no STUN message")
            return []
        }
        switch (message.messageClass, message.method) {
        case (.request, STUNMessage.binding):
            var response = STUNMessage(.success, transactionID: message.transactionID)
            response.xorMappedAddress = client
            return reply(response, to: client, key: nil)
        case (.indication, STUNMessage.send):
            return receiveSend(message, bytes, from: client, at: now)
        case (.request, _):
            requests.append(message.method)
            if let known = answered[message.transactionID] {
                return [Datagram(bytes: known, source: address, destination: client)]
            }
            return handle(message, bytes, from: client, at: now)
        case (.indication, STUNMessage.binding): return []
        default:
            violations.append("a message of class \(message.messageClass) and method \(message.method)")
            return []
        }
    }

    private func handle(_ message: STUNMessage, _ bytes: [UInt8], from client: SocketAddress, at now: Instant)
        -> [Datagram]
    {
        guard message.integrityOffset != nil else { return challenge(message, 401, to: client, at: now) }
        guard let nonce = message.nonce, message.username != nil, message.realm != nil else {
            violations.append("a signed request without USERNAME, REALM or NONCE")
            return refuse(message, 400, to: client, key: nil)
        }
        guard let born = nonces[nonce], now < born + nonceLifetime else {
            return challenge(message, 438, to: client, at: now)
        }
        guard message.username == user, message.realm == realm, message.isAuthentic(key: key, in: bytes.span) else {
            return challenge(message, 401, to: client, at: now)
        }
        if let code = refusals[message.method] { return refuse(message, code, to: client) }
        switch message.method {
        case STUNMessage.allocate: return allocate(message, from: client, at: now)
        case STUNMessage.refresh: return refresh(message, from: client, at: now)
        case STUNMessage.createPermission: return permit(message, from: client, at: now)
        case STUNMessage.channelBind: return bind(message, from: client, at: now)
        default:
            violations.append("method \(message.method)")
            return refuse(message, 400, to: client)
        }
    }

    private func allocate(_ message: STUNMessage, from client: SocketAddress, at now: Instant) -> [Datagram] {
        guard allocations[client] == nil else { return refuse(message, 437, to: client) }
        guard message.requestedTransport == 17 else {
            violations.append("REQUESTED-TRANSPORT \(message.requestedTransport.map(String.init) ?? "missing")")
            return refuse(message, 400, to: client)
        }
        if let alternate {
            var response = STUNMessage(.error, method: message.method, transactionID: message.transactionID)
            response.errorCode = STUNErrorCode(code: 300, reason: "Try Alternate")
            response.alternateServer = alternate
            return reply(response, to: client, key: key)
        }
        if message.requestedAddressFamily == 2, !hasIPv6 { return refuse(message, 440, to: client) }
        let ip =
            message.requestedAddressFamily == 2 && !relayIP.isV6 ? .v6(high: 0x2001_0DB8_00FE_0000, low: 1) : relayIP
        let relayed = SocketAddress(ip: ip, port: nextPort)
        nextPort += 1
        allocations[client] = Allocation(relayed: relayed, expiresAt: now + .seconds(Int64(lifetime)))
        var response = STUNMessage(.success, method: message.method, transactionID: message.transactionID)
        response.relayedAddress = relayed
        response.xorMappedAddress = client
        response.lifetime = lifetime
        return reply(response, to: client, key: key)
    }

    private func refresh(_ message: STUNMessage, from client: SocketAddress, at now: Instant) -> [Datagram] {
        refreshes.append((now, message.lifetime))
        guard allocations[client] != nil else { return refuse(message, 437, to: client) }
        let granted = message.lifetime == 0 ? 0 : lifetime
        if granted == 0 {
            allocations[client] = nil
        } else {
            allocations[client]?.expiresAt = now + .seconds(Int64(granted))
        }
        var response = STUNMessage(.success, method: message.method, transactionID: message.transactionID)
        response.lifetime = granted
        return reply(response, to: client, key: key)
    }

    private func permit(_ message: STUNMessage, from client: SocketAddress, at now: Instant) -> [Datagram] {
        guard let allocation = allocations[client] else { return refuse(message, 437, to: client) }
        guard let peer = message.peerAddress else {
            violations.append("CreatePermission without a peer")
            return refuse(message, 400, to: client)
        }
        permissionRequests.append((now, peer.ip))
        guard peer.ip.isV6 == allocation.relayed.ip.isV6 else {
            violations.append("a permission of the other address family")
            return refuse(message, 443, to: client)
        }
        guard !forbidden.contains(peer.ip) else { return refuse(message, 403, to: client) }
        allocations[client]?.permissions[peer.ip] = now + .seconds(300)
        return reply(
            STUNMessage(.success, method: message.method, transactionID: message.transactionID), to: client, key: key)
    }

    private func bind(_ message: STUNMessage, from client: SocketAddress, at now: Instant) -> [Datagram] {
        guard let allocation = allocations[client] else { return refuse(message, 437, to: client) }
        guard let number = message.channelNumber, let peer = message.peerAddress, (0x4000...0x4FFF).contains(number)
        else {
            violations.append("ChannelBind without a proper number or peer")
            return refuse(message, 400, to: client)
        }
        channelRequests.append((now, peer))
        // Neither another peer under this number nor another number for this peer, until five minutes after the end.
        let guarded = allocation.channels.filter { $0.value.expiresAt + .seconds(300) > now }
        if let known = guarded[number], known.peer != peer {
            violations.append("channel \(number) bound to another peer")
            return refuse(message, 400, to: client)
        }
        if guarded.contains(where: { $0.key != number && $0.value.peer == peer && $0.value.expiresAt > now }) {
            violations.append("a second channel for \(peer)")
            return refuse(message, 400, to: client)
        }
        guard !forbidden.contains(peer.ip) else { return refuse(message, 403, to: client) }
        allocations[client]?.channels[number] = Channel(peer: peer, expiresAt: now + .seconds(600))
        allocations[client]?.permissions[peer.ip] = now + .seconds(300)
        return reply(
            STUNMessage(.success, method: message.method, transactionID: message.transactionID), to: client, key: key)
    }

    // MARK: - Data

    private func receiveSend(_ message: STUNMessage, _ bytes: [UInt8], from client: SocketAddress, at now: Instant)
        -> [Datagram]
    {
        sendIndications += 1
        guard let peer = message.peerAddress, let range = TURNFraming.dataRange(bytes.span) else {
            violations.append("a Send indication without peer or data")
            return []
        }
        return forward(Array(bytes[range]), from: client, to: peer, at: now)
    }

    private func receiveChannelData(_ bytes: [UInt8], from client: SocketAddress, at now: Instant) -> [Datagram] {
        channelData += 1
        guard let (number, range) = TURNFraming.readChannelData(bytes.span) else {
            violations.append("malformed ChannelData")
            return []
        }
        guard let channel = allocations[client]?.channels[number], channel.expiresAt > now else {
            violations.append("ChannelData on channel \(number), which is not bound")
            return []
        }
        return forward(Array(bytes[range]), from: client, to: channel.peer, at: now)
    }

    private func forward(_ data: [UInt8], from client: SocketAddress, to peer: SocketAddress, at now: Instant)
        -> [Datagram]
    {
        guard let allocation = allocations[client] else {
            refusedData += 1
            return []
        }
        guard isPermitted(peer.ip, in: allocation, at: now) else {
            refusedData += 1
            if isStrictAboutPermissions { violations.append("data to \(peer) without a permission") }
            return []
        }
        return [Datagram(bytes: data, source: allocation.relayed, destination: peer)]
    }

    private func isPermitted(_ peer: IPAddress, in allocation: Allocation, at now: Instant) -> Bool {
        allocation.permissions[peer].map { $0 > now } ?? false
    }

    /// What a peer sent to a relayed address.
    func receive(_ data: [UInt8], from peer: SocketAddress, onRelayed relayed: SocketAddress, at now: Instant)
        -> [Datagram]
    {
        expire(at: now)
        guard let (client, allocation) = allocations.first(where: { $0.value.relayed == relayed }),
            isPermitted(peer.ip, in: allocation, at: now)
        else {
            refusedData += 1
            return []
        }
        let channel = allocation.channels.first { $0.value.peer == peer && $0.value.expiresAt > now }
        return [
            Datagram(bytes: Self.wrap(data, from: peer, channel: channel?.key), source: address, destination: client)
        ]
    }

    /// ChannelData, or a Data indication where there is no channel.
    static func wrap(_ data: [UInt8], from peer: SocketAddress, channel: UInt16?) -> [UInt8] {
        var bytes: [UInt8] = []
        if let channel {
            bytes.append(bigEndian: channel)
            bytes.append(bigEndian: UInt16(data.count))
            return bytes + data
        }
        var indication = STUNMessage(
            .indication, method: STUNMessage.data, transactionID: STUNTransactionID(high: 1, low: UInt64(data.count)))
        indication.peerAddress = peer
        indication.write(into: &bytes, password: nil, fingerprint: false)
        bytes.append(bigEndian: STUNAttributeType.data)
        bytes.append(bigEndian: UInt16(data.count))
        bytes += data + [UInt8](repeating: 0, count: (4 - data.count % 4) % 4)
        bytes.overwrite(at: 2, bigEndian: UInt16(bytes.count - STUNMessage.headerSize))
        return bytes
    }

    // MARK: - Answers

    private func challenge(_ message: STUNMessage, _ code: Int, to client: SocketAddress, at now: Instant) -> [Datagram]
    {
        nonceCount += 1
        let nonce = Array("nonce-\(nonceCount)".utf8)
        nonces[nonce] = now
        var response = STUNMessage(.error, method: message.method, transactionID: message.transactionID)
        response.errorCode = STUNErrorCode(code: code, reason: code == 438 ? "Stale Nonce" : "Unauthenticated")
        response.realm = realm
        response.nonce = nonce
        return reply(response, to: client, key: nil)
    }

    private func refuse(_ message: STUNMessage, _ code: Int, to client: SocketAddress, key: [UInt8]?) -> [Datagram] {
        var response = STUNMessage(.error, method: message.method, transactionID: message.transactionID)
        response.errorCode = STUNErrorCode(code: code, reason: "refused")
        return reply(response, to: client, key: key)
    }

    private func refuse(_ message: STUNMessage, _ code: Int, to client: SocketAddress) -> [Datagram] {
        refuse(message, code, to: client, key: key)
    }

    private func reply(_ response: STUNMessage, to client: SocketAddress, key: [UInt8]?) -> [Datagram] {
        var bytes: [UInt8] = []
        response.write(into: &bytes, key: key)
        if answered.count > 100 { answered.removeAll() }
        if response.method != STUNMessage.binding { answered[response.transactionID] = bytes }
        return [Datagram(bytes: bytes, source: address, destination: client)]
    }
}

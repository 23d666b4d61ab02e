import Dispatch
import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// Looks names up, each at most once at a time: a resolver that does not answer holds a thread for half a minute, and who
/// tries again meanwhile gets the answer to the first question.
///
/// What a name stood for last is kept for the time when no name server can be reached: servers move less often than
/// networks break.
final class NameLookup: Sendable {
    /// Blocks until the answer is there. Addresses with port 0, in the order of RFC 6724.
    typealias Query = @Sendable (_ host: String) -> Result<[SocketAddress], NameLookupError>

    private struct Name: Sendable {
        /// Whoever waits for the lookup under way; nil while there is none.
        var waiting: [EventLoopPromise<[SocketAddress]>]?
        var last: [SocketAddress] = []
    }

    /// More names than one room talks to.
    private static let limit = 32
    /// Those that wait for one answer.
    private static let waitingLimit = 64

    static let shared = NameLookup()

    private let query: Query
    private let patience: TimeAmount
    private let names = Mutex<[String: Name]>([:])

    /// - Parameter patience: after which what is known from before is used.
    init(patience: TimeAmount = .milliseconds(500), query: @escaping Query = NameLookup.ask) {
        self.query = query
        self.patience = patience
    }

    /// - Returns: on `loop`: the addresses, with port 0.
    func addresses(of host: String, on loop: any EventLoop) -> EventLoopFuture<[SocketAddress]> {
        // An address is its own answer.
        if let address = try? SocketAddress(ipAddress: host, port: 0) { return loop.makeSucceededFuture([address]) }
        let answer = loop.makePromise(of: [SocketAddress].self)
        let (begins, last) = names.withLock { names in
            var name = names[host] ?? Name()
            let begins = name.waiting == nil
            guard name.waiting?.count ?? 0 < Self.waitingLimit else {
                answer.fail(NameLookupError(code: EAI_AGAIN))
                return (false, name.last)
            }
            name.waiting = (name.waiting ?? []) + [answer]
            if names[host] == nil, names.count >= Self.limit,
                let idle = names.first(where: { $0.value.waiting == nil })?.key
            {
                names[idle] = nil
            }
            names[host] = name
            return (begins, name.last)
        }
        if begins { DispatchQueue(label: "name").async { self.answered(host, self.query(host)) } }
        guard !last.isEmpty else { return answer.futureResult }
        let known = loop.makePromise(of: [SocketAddress].self)
        let timer = loop.scheduleTask(in: patience) { known.succeed(last) }
        answer.futureResult.whenComplete { result in
            timer.cancel()
            switch result {
            case .failure(let error as NameLookupError) where !error.isFinal: known.succeed(last)
            case .success, .failure: known.completeWith(result)
            }
        }
        return known.futureResult
    }

    private func answered(_ host: String, _ result: Result<[SocketAddress], NameLookupError>) {
        let waiting = names.withLock { names in
            let waiting = names[host]?.waiting ?? []
            names[host]?.waiting = nil
            if case .success(let addresses) = result { names[host]?.last = addresses }
            return waiting
        }
        for answer in waiting { answer.completeWith(result.mapError { $0 }) }
    }

    /// getaddrinfo(3).
    static func ask(_ host: String) -> Result<[SocketAddress], NameLookupError> {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &list)
        guard status == 0 else { return .failure(NameLookupError(code: status)) }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next?.pointee {
            let bytes = UnsafeRawPointer(entry.ai_addr)
            switch (entry.ai_family, bytes) {
            case (AF_INET, let bytes?):
                addresses.append(SocketAddress(bytes.loadUnaligned(as: sockaddr_in.self), host: host))
            case (AF_INET6, let bytes?):
                addresses.append(SocketAddress(bytes.loadUnaligned(as: sockaddr_in6.self), host: host))
            default: break
            }
            next = entry.ai_next
        }
        return .success(addresses)
    }
}

/// Why a name has no address, as getaddrinfo(3) numbers it.
struct NameLookupError: Error, Hashable, CustomStringConvertible {
    let code: Int32

    /// The name servers have answered, and know no such name.
    var isFinal: Bool { code == EAI_NONAME }

    var description: String { String(cString: gai_strerror(code)) }
}

/// One connection attempt's view of it.
final class NameResolver: Resolver, Sendable {
    private let answer: EventLoopFuture<[SocketAddress]>

    init(_ host: String, port: Int, lookup: NameLookup, on loop: any EventLoop) {
        answer = lookup.addresses(of: host, on: loop).map { addresses in
            addresses.map { address in
                var address = address
                address.port = port
                return address
            }
        }
    }

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> { of(.inet) }

    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> { of(.inet6) }

    func cancelQueries() {}

    private func of(_ family: NIOBSDSocket.ProtocolFamily) -> EventLoopFuture<[SocketAddress]> {
        answer.map { $0.filter { $0.protocol == family } }
    }
}

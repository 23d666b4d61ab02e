public import ICE
import Janus
public import Transport

/// What the media connections of a meeting may use TURN servers for.
public struct RelayOptions: Sendable {
    /// One of a meeting's two media connections.
    public enum Connection: Hashable, Sendable {
        case publisher
        case subscriber
    }

    /// Asked anew for each media connection that is opened: addresses move, and user names may be good for a time only.
    /// What was reported of the one before it is of no interest any more.
    public var servers: @Sendable (Connection) -> [TURNServer]
    /// Nothing but relays is used.
    public var isRequired: Bool
    /// Whom connections by TLS trust; nil: the system's authorities.
    public var trust: TLSTrust?
    /// Told how it fares with the servers, on the media thread.
    public var report: @Sendable (Connection, RelayReport) -> Void
    /// Why a connection has no relay, for people; nil when it has one.
    public var problem: @Sendable (Connection) -> String?

    public init(
        servers: @escaping @Sendable (Connection) -> [TURNServer] = { _ in [] }, isRequired: Bool = false,
        trust: TLSTrust? = nil, report: @escaping @Sendable (Connection, RelayReport) -> Void = { _, _ in },
        problem: @escaping @Sendable (Connection) -> String? = { _ in nil }
    ) {
        self.servers = servers
        self.isRequired = isRequired
        self.trust = trust
        self.report = report
        self.problem = problem
    }
}

extension RelayOptions.Connection {
    init(_ peer: JanusPeer) {
        self =
            switch peer {
            case .publisher: .publisher
            case .subscriber: .subscriber
            }
    }
}

public import ICE
public import Transport

/// What the media connections of a meeting may use TURN servers for.
public struct RelayOptions: Sendable {
    /// Asked anew for each media connection: addresses move, and user names may be good for a time only.
    public var servers: @Sendable () -> [TURNServer]
    /// Nothing but relays is used.
    public var isRequired: Bool
    /// Whom connections by TLS trust; nil: the system's authorities.
    public var trust: TLSTrust?
    /// Told how it fares with the servers, on the media thread.
    public var report: @Sendable (RelayReport) -> Void

    public init(
        servers: @escaping @Sendable () -> [TURNServer] = { [] }, isRequired: Bool = false, trust: TLSTrust? = nil,
        report: @escaping @Sendable (RelayReport) -> Void = { _ in }
    ) {
        self.servers = servers
        self.isRequired = isRequired
        self.trust = trust
        self.report = report
    }
}

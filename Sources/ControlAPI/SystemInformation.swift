import Base
public import JSON

/// The result of `system.info`.
public struct SystemInformation: Hashable, Sendable {
    public var version: String
    /// Of the daemon, on the monotonic clock.
    public var uptime: Duration
    /// Of the client that asks.
    public var access: AccessLevel

    public init(version: String, uptime: Duration, access: AccessLevel) {
        self.version = version
        self.uptime = uptime
        self.access = access
    }

    public var json: JSONValue {
        [
            "name": "roomd", "version": .string(version), "api": .string(OpenRPC.apiVersion),
            "uptime": .number((uptime.inSeconds * 1000).rounded() / 1000),
            "control": ["role": .string(access.rawValue)],
        ]
    }
}

import Base

/// Times and bounds of a TURN client.
enum TURNTiming {
    static let rto: Duration = .milliseconds(500)
    /// How long the end of gathering waits for an allocation; one that comes later is a late candidate.
    static let gatheringPatience: Duration = .milliseconds(5500)
    /// Over TCP and TLS, where nothing is sent twice: connecting is part of it.
    static let streamAllocatePatience: Duration = .seconds(10)
    /// Ti of RFC 8489 §6.2.2.
    static let streamPatience: Duration = .milliseconds(39500)

    /// A permission lives for 5 minutes (RFC 8656 §9) and is renewed after 4.
    static let permissionLifetime: Duration = .seconds(300)
    static let permissionRefresh: Duration = .seconds(240)
    /// A channel is bound for 10 minutes (RFC 8656 §12) and renewed after 9.
    static let channelLifetime: Duration = .seconds(600)
    static let channelRefresh: Duration = .seconds(540)
    /// Between tries to renew what could not be renewed.
    static let renewalRetry: Duration = .seconds(10)
    /// Servers that grant absurdly long or short lifetimes are held to these (seconds).
    static let lifetimes: ClosedRange<UInt32> = 10...86400

    /// Challenges answered for one request before the server is taken for broken.
    static let maximumChallenges = 3
    static let maximumRedirections = 3
    static let maximumPermissions = 100
    static let maximumChannels = 64
    static let transmitQueue = 64
    static let eventQueue = 128
    static let firstChannel: UInt16 = 0x4000

    /// When an allocation of this lifetime is renewed: a minute before its end, but not before its half (RFC 8656 §8).
    static func refresh(after lifetime: Duration) -> Duration {
        max(lifetime / 2, lifetime - .seconds(60))
    }
}

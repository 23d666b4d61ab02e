/// A file that the configuration names and this version uses.
public struct FileReference: Hashable, Sendable {
    public enum Purpose: Hashable, Sendable {
        /// A `file:` device that is played.
        case camera, microphone, content
        /// A `file:` loudspeaker, which is written.
        case speaker
        case calendar
        case apiSecret, hostSecret
        /// Of a TURN server: a password or a shared secret.
        case relayCredential
        /// Certificates in PEM.
        case authority
        /// The same, for TURN servers.
        case relayAuthority
    }

    /// As in `ConfigurationProblem`.
    public let key: String
    public let line: Int
    /// Absolute, or relative to the daemon's working directory.
    public let path: String
    public let purpose: Purpose
}

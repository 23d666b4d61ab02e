import Base
import ConfigurationFile
import Digests

/// What a TURN server knows the room by, with its secret.
struct RelayLogin: Sendable {
    private enum Kind: Sendable {
        case password(username: String, password: String)
        case sharedSecret(username: String?, secret: String)
    }

    /// How long user names are good for that are made from a shared secret: longer than any meeting, as they are shown
    /// again with each renewal.
    private static let validity: Int64 = 86_400

    private let kind: Kind

    init(_ login: RoomConfiguration.TURN.Login, secret: String) {
        switch login {
        case .password(let username, _): kind = .password(username: username, password: secret)
        case .sharedSecret(let username, _): kind = .sharedSecret(username: username, secret: secret)
        }
    }

    /// With a shared secret, made for this moment: the end of its validity is the user name, and its HMAC-SHA1 the password
    /// (draft-uberti-behave-turn-rest-00 §2.2).
    func credentials(at now: UTCTime) -> (username: String, password: String) {
        switch kind {
        case .password(let username, let password): return (username, password)
        case .sharedSecret(let name, let secret):
            let end = now.milliseconds / 1000 + Self.validity
            let username = name.map { "\(end):\($0)" } ?? "\(end)"
            let digest = Digests.hmacSHA1(key: Array(secret.utf8), Array(username.utf8).span)
            return (username, Base64.encode(digest))
        }
    }
}

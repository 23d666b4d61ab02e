import Glibc

/// `credential:NAME` in place of a secret's path: what systemd hands to the service (systemd.exec(5), LoadCredential=), so
/// that the daemon's user cannot read the file itself.
enum Credential {
    private static let prefix = "credential:"
    /// Where the service's unit takes them from. Who checks a configuration outside of the service finds them there.
    static let source = "/etc/roomd/secrets"
    /// What systemd puts in front of the names of files that come from that folder, as the unit calls it `secret`.
    private static let loaded = "secret_"

    /// The name; nil where the text is a path, or no fit name of a file.
    static func name(in text: String) -> String? {
        guard text.hasPrefix(prefix) else { return nil }
        let name = text.dropFirst(prefix.count)
        guard !name.isEmpty, name.utf8.count < 200, name.first != ".", !name.contains("/") else { return nil }
        return String(name)
    }

    /// - Parameter folder: what systemd has given to this process; nil: nothing.
    static func path(of name: String, in folder: String?) -> String {
        guard let folder else { return "\(source)/\(name)" }
        // One that the administrator has added to the unit by its own name is found, too.
        let own = "\(folder)/\(name)"
        return access(own, F_OK) == 0 ? own : "\(folder)/\(loaded)\(name)"
    }

    static var folder: String? {
        getenv("CREDENTIALS_DIRECTORY").map { String(cString: $0) }
    }
}

import Base
import Glibc

/// What a text value must look like.
struct ValueCheck: Sendable {
    /// In the words of an error message.
    let expected: String
    let accepts: @Sendable (String) -> Bool
    /// Of a text that is not accepted: what is wrong with it in particular; empty when there is no more to say.
    var hint: @Sendable (String) -> String = { _ in "" }

    static let any = ValueCheck(expected: "a string") { _ in true }
    static let notEmpty = ValueCheck(expected: "a string that is not empty") { !$0.isEmpty }
    static let path = ValueCheck(expected: "an absolute path such as \"/var/lib/roomd\"") {
        $0.hasPrefix("/") && $0.utf8.count < 4096
    }

    static let secretFile = ValueCheck(
        expected: "an absolute path, or \"credential:NAME\" for \(Credential.source)/NAME"
    ) { text in
        path.accepts(text) || Credential.name(in: text) != nil
    }

    /// A Unix socket's path has 107 bytes at most.
    static let socket = ValueCheck(expected: "an absolute path of at most 107 bytes") {
        $0.hasPrefix("/") && $0.utf8.count <= 107
    }

    static let address = ValueCheck(expected: "a mail address such as \"boardroom@example.org\"") { text in
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty && !$0.contains(" ") }
    }

    static let organizer = ValueCheck(
        expected: "\"*\", an address such as \"ann@example.org\", or a domain such as \"*@example.org\""
    ) { text in
        text == "*" || address.accepts(text)
    }

    static let language = ValueCheck(expected: "a language such as \"de\" or \"pt-BR\"") { text in
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return (2...3).contains(parts[0].count)
            && parts.allSatisfy { part in
                (1...8).contains(part.count) && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
            }
    }

    /// Where the system's time zones are known, the name must be one of them.
    static let timezone = ValueCheck(expected: "a time zone such as \"Europe/Berlin\" (timedatectl list-timezones)") {
        text in
        let isName =
            !text.isEmpty && !text.hasPrefix("/") && !text.contains("..")
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/_+-".contains($0)) }
        guard isName else { return false }
        let folder = "/usr/share/zoneinfo"
        guard access(folder, R_OK) == 0 else { return true }
        var status = stat()
        return stat("\(folder)/\(text)", &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    static let calendarURL = ValueCheck(
        expected: "an address that begins with file:///, http:// or https://",
        accepts: { text in
            if text.hasPrefix("file:///") { return (FileURL.path(of: text)?.count ?? 0) > 1 }
            return authority(of: text, after: webSchemes)?.isPortValid == true
        }, hint: { authority(of: $0, after: webSchemes)?.hint ?? "" })

    static let serviceURL = ValueCheck(
        expected: "an address such as \"janus+ws://127.0.0.1:8188\" (janus+ws or janus+wss)",
        accepts: { text in
            guard let authority = authority(of: text, after: serviceSchemes) else { return false }
            return authority.isPortValid && !authority.hasUser && !authority.host.contains("%")
        },
        hint: { text in
            guard let authority = authority(of: text, after: serviceSchemes) else { return "" }
            return authority.hasUser ? "It takes no user name; secrets stand in files." : authority.hint
        })

    /// Only this machine may read what is served there.
    static let loopback = ValueCheck(
        expected: "a loopback address with a port, such as \"127.0.0.1:9464\" or \"[::1]:9464\"",
        accepts: { loopback($0) != nil },
        hint: { text in
            guard let address = SocketAddress(text), !address.ip.isLoopback else { return "" }
            return "Other machines are not asked who they are: let a proxy that does pass the metrics on."
        })

    static func loopback(_ text: String) -> SocketAddress? {
        guard let address = SocketAddress(text), address.ip.isLoopback, address.port > 0 else { return nil }
        return address
    }

    static let stun = ValueCheck(
        expected: "\"stun:HOST\" or \"stun:HOST:PORT\"", accepts: { ServerAddress(stun: $0) != nil },
        hint: { authority(of: $0, after: ["stun:"])?.hint ?? "" })

    static let turn = ValueCheck(
        expected: "\"turn:HOST:PORT?transport=udp\", \"turn:HOST:PORT?transport=tcp\" or \"turns:HOST:PORT\"",
        accepts: { RelayAddress($0) != nil },
        hint: { text in
            guard let authority = authority(of: text, after: turnSchemes) else { return "" }
            if authority.hasUser { return "The user stands in username, and the password in a file." }
            if RelayAddress.isOverDTLS(text) { return "TURN over DTLS is not spoken; turns: is TLS over TCP." }
            return authority.hint
        })

    private static let webSchemes = ["http://", "https://"]
    private static let serviceSchemes = ["janus+ws://", "janus+wss://", "meet+ws://", "meet+wss://"]
    private static let turnSchemes = ["turn:", "turns:"]

    private static func authority(of text: String, after schemes: [String]) -> Authority? {
        schemes.first { text.hasPrefix($0) }.flatMap { Authority(text.dropFirst($0.count)) }
    }
}

extension ValueCheck {
    /// Device specifications: `auto`, `none`, or one of a few prefixes with something behind it.
    private static func device(_ expected: String, words: Set<String>, _ isForm: @escaping @Sendable (String) -> Bool)
        -> ValueCheck
    {
        ValueCheck(expected: expected) { words.contains($0) || isForm($0) }
    }

    private static func follows(_ text: String, _ prefixes: String...) -> Bool {
        prefixes.contains { text.hasPrefix($0) && text.count > $0.count }
    }

    static let camera = device(
        "\"auto\", \"none\", \"/dev/video0\", \"file:clip.y4m\" or \"pattern:1280x720@30\" (width a multiple of 80)",
        words: ["auto", "none"]
    ) { follows($0, "/dev/", "file:") || isPattern($0) }

    static let content = device(
        "\"none\", \"/dev/video2\", \"file:slides.y4m\" or \"pattern:1280x720@30\" (width a multiple of 80)",
        words: ["none"]
    ) { follows($0, "/dev/", "file:") || isPattern($0) }

    static let microphone = device(
        "\"auto\", \"none\", \"alsa:NAME\", \"file:speech.wav\", \"tone:440\" or \"silence\"",
        words: ["auto", "none", "silence"]
    ) { text in
        follows(text, "alsa:", "file:") || text.hasPrefix("tone:") && (Double(text.dropFirst(5)) ?? 0) > 0
    }

    static let speaker = device(
        "\"auto\", \"none\", \"alsa:NAME\" or \"file:out.wav\"", words: ["auto", "none"]
    ) { follows($0, "alsa:", "file:") }

    static let display = device(
        "\"auto\", \"none\", \"/dev/dri/card0\", \"HDMI-A-1\" or \"headless:1280x720\"", words: ["auto", "none"]
    ) { text in
        follows(text, "/dev/") || isConnector(text)
            || text.hasPrefix("headless:") && size(text.dropFirst("headless:".count)) != nil
    }

    /// As the kernel names them: `HDMI-A-1`, `DP-2`, `eDP-1`, `Virtual-1`.
    private static func isConnector(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.count >= 2 && Int(parts[parts.count - 1]).map { $0 > 0 } == true
            && parts[0].first?.isLetter == true
            && parts.allSatisfy { part in
                !part.isEmpty && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
            }
    }

    static let displayMode = device("\"auto\", \"1920x1080\" or \"1920x1080@60\"", words: ["auto"]) { text in
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), size(parts[0]) != nil else { return false }
        return parts.count == 1 || (Double(parts[1]).map { (1...1000).contains($0) } ?? false)
    }

    static let cec = device("\"auto\", \"none\" or \"/dev/cec0\"", words: ["auto", "none"]) { follows($0, "/dev/") }

    /// Of a sound card, counted from 1.
    static let channels = device("\"all\", or channels counted from 1, such as \"1\" or \"1,3\"", words: ["all"]) {
        channels($0) != nil
    }

    /// nil where it is no list of different channels from 1 to 64.
    static func channels(_ text: String) -> [Int]? {
        let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { part -> Int? in
            let digits = part.drop { $0 == " " }.reversed().drop { $0 == " " }
            return digits.allSatisfy { $0.isASCII && $0.isNumber } ? Int(String(digits.reversed())) : nil
        }
        let channels = numbers.compactMap(\.self)
        guard channels.count == numbers.count, Set(channels).count == channels.count,
            channels.allSatisfy({ (1...64).contains($0) })
        else { return nil }
        return channels
    }

    private static func isPattern(_ text: String) -> Bool {
        guard text.hasPrefix("pattern:") else { return false }
        let parts = text.dropFirst("pattern:".count).split(separator: "@", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let (width, _) = size(parts[0]), width.isMultiple(of: 80) else {
            return false
        }
        return parts.count == 1 || (Double(parts[1]).map { (1...120).contains($0) } ?? false)
    }

    private static func size(_ text: Substring) -> (width: Int, height: Int)? {
        let parts = text.split(separator: "x", omittingEmptySubsequences: false)
        guard parts.count == 2, let width = Int(parts[0]), let height = Int(parts[1]),
            (16...7680).contains(width), (16...4320).contains(height), width.isMultiple(of: 2), height.isMultiple(of: 2)
        else { return nil }
        return (width, height)
    }
}

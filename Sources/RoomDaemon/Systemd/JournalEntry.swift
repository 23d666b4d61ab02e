import Glibc
import Logging

/// One entry in the journal's own protocol: the line that people read, and its parts as fields that programs can ask for, such
/// as `journalctl ROOMD_PART=meeting` (systemd.journal-fields(7), JOURNAL_NATIVE_PROTOCOL).
struct JournalEntry {
    static let socket = "/run/systemd/journal/socket"

    private(set) var bytes: [UInt8] = []

    /// - Parameters:
    ///   - part: of the daemon.
    ///   - line: without line breaks.
    init(priority: Int, part: String, line: String, metadata: Logger.Metadata) {
        add("MESSAGE", line)
        add("PRIORITY", "\(priority)")
        add("SYSLOG_IDENTIFIER", "roomd")
        add("ROOMD_PART", part)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { add("ROOMD_\(Self.name(key))", "\(value)") }
    }

    /// Capital letters, digits and underlines are what the journal takes; a word's capital begins a new word.
    static func name(_ key: String) -> String {
        var name = ""
        for character in key.unicodeScalars {
            if ("A"..."Z").contains(character), let last = name.last, last != "_" { name.append("_") }
            let isFit = character.isASCII && (character.properties.isAlphabetic || ("0"..."9").contains(character))
            name += isFit ? String(character).uppercased() : "_"
        }
        return String(name.prefix(50))
    }

    private mutating func add(_ name: String, _ value: String) {
        bytes += name.utf8
        // What others wrote cannot begin a field of its own.
        if value.utf8.contains(UInt8(ascii: "\n")) {
            bytes.append(UInt8(ascii: "\n"))
            withUnsafeBytes(of: UInt64(value.utf8.count).littleEndian) { bytes += $0 }
        } else {
            bytes.append(UInt8(ascii: "="))
        }
        bytes += value.utf8
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Whether standard error goes to the journal: JOURNAL_STREAM names what it was at the start (systemd.exec(5)).
    static func isStandardError(_ stream: String?) -> Bool {
        guard let stream else { return false }
        var status = stat()
        return fstat(STDERR_FILENO, &status) == 0 && stream == "\(status.st_dev):\(status.st_ino)"
    }
}

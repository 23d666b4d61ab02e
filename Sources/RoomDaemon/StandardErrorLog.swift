import Base
import Logging
import Media

/// Log lines on standard error, one write each, by `LogWriter`, with the time in front; as a service, entries in the journal.
struct StandardErrorLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info
    let label: String

    init(label: String) {
        self.label = label
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        let details = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        let line = Self.line("\(label): \(event.message)\(details)")
        let writer = LogWriter.standardError
        if writer.isJournal {
            writer.add(JournalEntry(priority: event.level.priority, part: label, line: line, metadata: all).bytes)
        } else {
            writer.add(Array("\(MonotonicClock.wallTime) \(event.level) \(line)\n".utf8))
        }
    }

    /// What others wrote, such as a calendar's text, can neither begin a line of its own nor steer a terminal: control
    /// characters are written as \u{…}.
    static func line(_ text: String) -> String {
        func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .control }
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return text.unicodeScalars.map { isControl($0) ? $0.escaped(asASCII: true) : String($0) }.joined()
    }
}

extension Logger.Level {
    /// As syslog(3) counts.
    fileprivate var priority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}

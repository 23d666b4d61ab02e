import Base
import Glibc
import Logging
import Media

/// Log lines on standard error, one write each, by `LogWriter`. Under systemd the journal adds the time, and the priority stands in
/// front as sd-daemon(3) wants it; on a terminal the time stands there instead.
struct StandardErrorLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info
    let label: String
    private let isJournal = getenv("JOURNAL_STREAM") != nil

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
        let front = isJournal ? "<\(event.level.priority)>" : "\(MonotonicClock.wallTime) \(event.level) "
        LogWriter.standardError.add(Array("\(front)\(label): \(event.message)\(details)\n".utf8))
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

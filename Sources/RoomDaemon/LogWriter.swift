import Base
import CLinux
import Glibc
import Media

/// Writes log lines on a thread of its own. Who reads them may have stopped reading: then lines are left out, and
/// counted, but nothing in the daemon waits.
final class LogWriter: Sendable {
    static let standardError = LogWriter(
        STDERR_FILENO,
        journal: JournalEntry.isStandardError(ServiceManager.variable("JOURNAL_STREAM")) ? JournalEntry.socket : nil)
    /// Lines that wait at most.
    static let capacity = 1024

    private struct Lines: Sendable {
        var waiting: [[UInt8]] = []
        var isWriting = false
        var dropped = 0
    }

    /// Whether what is added are entries for the journal, and not lines.
    var isJournal: Bool { journal != nil }
    private let journal: String?
    private let descriptor: Int32
    private let lines = Monitor(Lines())

    /// - Parameters:
    ///   - descriptor: open for as long as the process lives.
    ///   - journal: the socket that takes entries instead.
    init(_ descriptor: Int32, journal: String? = nil) {
        self.descriptor = descriptor
        self.journal = journal
        // Without it lines are left out, which is what there is to do when not even a thread can be had.
        _ = try? DeviceThread(name: "log") { [self] in run() }
    }

    func add(_ line: [UInt8]) {
        lines.update { lines in
            if lines.waiting.count < Self.capacity { lines.waiting.append(line) } else { lines.dropped += 1 }
        }
    }

    var depth: BufferDepth {
        lines.withLock { lines in
            BufferDepth("log", depth: lines.waiting.count, capacity: Self.capacity, dropped: UInt64(lines.dropped))
        }
    }

    /// Waits until everything is written, but not beyond the deadline.
    func flush(until deadline: Instant) {
        let _: Bool? = lines.wait(until: deadline) { $0.waiting.isEmpty && !$0.isWriting ? true : nil }
    }

    private func run() {
        while true {
            let taken: (lines: [[UInt8]], dropped: Int)? = lines.wait(until: .distantFuture) { lines in
                guard !lines.waiting.isEmpty || lines.dropped > 0 else { return nil }
                defer { lines = Lines(isWriting: true) }
                return (lines.waiting, lines.dropped)
            }
            guard let taken else { continue }
            for line in taken.lines { write(line) }
            if taken.dropped > 0 { write(Self.note("\(taken.dropped) lines of the log were left out here", isJournal)) }
            lines.update { $0.isWriting = false }
        }
    }

    private static func note(_ text: String, _ isJournal: Bool) -> [UInt8] {
        isJournal
            ? JournalEntry(priority: 4, part: "log", line: text, metadata: [:]).bytes : Array("(\(text))\n".utf8)
    }

    private func write(_ line: [UInt8]) {
        if let journal { return send(line, to: journal) }
        var rest = line[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN {
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&waiting, 1, 1000)
                continue
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// The journal may be starting anew: for a second it is tried again.
    private func send(_ entry: [UInt8], to journal: String) {
        for _ in 0..<10 {
            let failure = clinux_unix_send(journal, entry, entry.count)
            guard failure == -ECONNREFUSED || failure == -ENOENT else { return }
            MonotonicClock.sleep(until: MonotonicClock.now + .milliseconds(100))
        }
    }
}

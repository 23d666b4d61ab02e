import Base
import Glibc
import JSON
import Media
import Synchronization

/// A child process that speaks JSON lines on its standard streams. Its standard error is the test's.
final class PeerProcess: Sendable {
    struct Event: Sendable {
        var name: String
        /// Seconds of CLOCK_MONOTONIC, as the process says.
        var at: Double
        var body: JSONValue
    }

    private struct Content {
        var events: [Event] = []
        var hasEnded = false
    }

    private let process: pid_t
    private let input: Int32
    private let content = Mutex(Content())

    /// - Parameter arguments: the program's path first.
    init(_ arguments: [String], environment: [String: String]) throws {
        var toChild: [Int32] = [0, 0]
        var fromChild: [Int32] = [0, 0]
        guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else {
            throw InteropError("pipe failed with errno \(errno)")
        }
        // Or the next peer would keep this one's input open.
        for descriptor in toChild + fromChild { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var child = pid_t()
        let inherited = Self.environment.filter { !environment.keys.contains($0.key) }
        let variables = inherited.merging(environment) { $1 }.map { "\($0.key)=\($0.value)" }
        let failure = Self.withPointers(to: arguments) { argv in
            Self.withPointers(to: variables) { envp in
                posix_spawn(&child, arguments[0], &actions, nil, argv, envp)
            }
        }
        close(toChild[0])
        close(fromChild[1])
        guard failure == 0 else {
            close(toChild[1])
            close(fromChild[0])
            throw InteropError("\(arguments[0]) cannot be started, errno \(failure); run tools/setup")
        }
        process = child
        input = toChild[1]
        let output = fromChild[0]
        _ = try DeviceThread(name: "peer output") { [weak self] in
            Self.read(output) { self?.take($0) }
            close(output)
            self?.content.withLock { $0.hasEnded = true }
        }
    }

    deinit {
        close(input)
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }

    private static var environment: [String: String] {
        var result: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { result[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return result
    }

    private static func withPointers<Result>(
        to strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let pointers = strings.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        return body(pointers + [nil])
    }

    /// Blocks until the end of the stream.
    private static func read(_ descriptor: Int32, _ line: ([UInt8]) -> Void) {
        var pending: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            for byte in chunk[..<count] {
                if byte == UInt8(ascii: "\n") {
                    line(pending)
                    pending.removeAll(keepingCapacity: true)
                } else {
                    pending.append(byte)
                }
            }
        }
    }

    private func take(_ line: [UInt8]) {
        guard let body = try? JSONValue(parsing: line), let name = body["event"]?.stringValue else { return }
        let event = Event(name: name, at: body["at"]?.doubleValue ?? 0, body: body)
        content.withLock { $0.events.append(event) }
    }

    func send(_ command: JSONValue) {
        let bytes = command.serialized() + [UInt8(ascii: "\n")]
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            sent += count
        }
    }

    var events: [Event] { content.withLock { $0.events } }

    /// The `number`th event of this name, as soon as there is one.
    func event(_ name: String, number: Int = 0, within limit: Duration = .seconds(20)) async throws -> Event {
        try await event("\(name) number \(number)", within: limit) { events in
            var left = number
            return events.first { event in
                guard event.name == name else { return false }
                left -= 1
                return left < 0
            }
        }
    }

    func event(
        _ what: String, within limit: Duration = .seconds(20), _ find: ([Event]) -> Event?
    ) async throws -> Event {
        let end = MonotonicClock.now + limit
        while true {
            let (events, hasEnded) = content.withLock { ($0.events, $0.hasEnded) }
            if let found = find(events) { return found }
            let problem = events.first { $0.name == "problem" }
            guard !hasEnded, problem == nil, MonotonicClock.now < end else {
                let told = events.map { event in
                    event.name + " " + (event.body["text"]?.stringValue ?? event.body["state"]?.stringValue ?? "")
                }
                throw InteropError(
                    "the peer \(hasEnded ? "ended" : "went on") without \(what); it told \(told)")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

struct InteropError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

import Base
import Glibc
import JSON
import Scheduling

/// What must outlive a restart, in one small JSON file that is replaced whole, so that a crash leaves the old or the new.
struct StateStore: Sendable {
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    private let path: String

    /// - Parameter folder: made when it is missing.
    init(folder: String) {
        path = folder + "/memory.json"
        mkdir(folder, 0o750)
    }

    /// - Returns: nothing remembered when there is no file.
    func load() throws(Problem) -> PlannerMemory {
        guard let bytes = Self.read(path) else {
            if errno == ENOENT { return PlannerMemory() }
            throw Problem(description: "\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        do {
            let entries = try JSONValue(parsing: bytes)["events"]?.arrayValue ?? []
            return PlannerMemory(entries: entries.compactMap(PlannerMemory.Entry.init(json:)))
        } catch {
            throw Problem(description: "\(path) is damaged (\(error)); it was ignored")
        }
    }

    func save(_ memory: PlannerMemory) throws(Problem) {
        let bytes = (["events": .array(memory.entries.map(\.json))] as JSONValue).serialized()
        let temporary = path + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        let isWritten =
            descriptor >= 0 && write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        let reason = errno
        if descriptor >= 0 { close(descriptor) }
        guard isWritten, rename(temporary, path) == 0 else {
            throw Problem(
                description: "\(path) cannot be written: \(String(cString: strerror(reason))); check [storage] state")
        }
    }

    private static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < 1 << 20 {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            guard count >= 0 else { return nil }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return bytes
    }
}

extension PlannerMemory.Entry {
    fileprivate var json: JSONValue {
        ["event": .string(event), "kind": .string(kind.rawValue), "until": .integer(until.milliseconds)]
    }

    fileprivate init?(json: JSONValue) {
        guard let event = json["event"]?.stringValue,
            let kind = json["kind"]?.stringValue.flatMap(PlannerMemory.Kind.init(rawValue:)),
            let until = json["until"]?.integerValue
        else { return nil }
        self.init(event: event, kind: kind, until: UTCTime(milliseconds: until))
    }
}

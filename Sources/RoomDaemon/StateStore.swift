import Base
import Glibc
import JSON
import Room
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
    func load() throws(Problem) -> RoomMemory {
        guard let bytes = Self.read(path) else {
            if errno == ENOENT { return RoomMemory() }
            throw Problem(description: "\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        do {
            let json = try JSONValue(parsing: bytes)
            let entries = json["events"]?.arrayValue ?? []
            return RoomMemory(
                planner: PlannerMemory(entries: entries.compactMap(PlannerMemory.Entry.init(json:))),
                devices: DeviceChoices(json: json))
        } catch {
            throw Problem(description: "\(path) is damaged (\(error)); it was ignored")
        }
    }

    /// What is remembered, but for a choice of a camera that a changed configuration has overtaken: that is forgotten for
    /// good.
    func load(configuredCamera: String) throws(Problem) -> RoomMemory {
        var memory = try load()
        guard let overtaken = memory.devices.camera, overtaken.insteadOf != configuredCamera else { return memory }
        memory.devices.camera = nil
        // What cannot be written now is told at the next attempt.
        try? save(memory)
        return memory
    }

    func save(_ memory: RoomMemory) throws(Problem) {
        var members = memory.devices.json
        members["events"] = .array(memory.planner.entries.map(\.json))
        let bytes = JSONValue.object(members).serialized()
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

extension DeviceChoices {
    fileprivate var json: [String: JSONValue] {
        var members: [String: JSONValue] = [
            "controls": .object(controls.mapValues { .object($0.mapValues { .integer(Int64($0)) }) })
        ]
        if let camera { members["camera"] = ["id": .string(camera.id), "insteadOf": .string(camera.insteadOf)] }
        return members
    }

    fileprivate init(json: JSONValue) {
        self.init()
        if let id = json["camera"]?["id"]?.stringValue, let configured = json["camera"]?["insteadOf"]?.stringValue {
            camera = Camera(id: id, insteadOf: configured)
        }
        for (device, values) in json["controls"]?.objectValue ?? [:] {
            controls[device] = (values.objectValue ?? [:]).compactMapValues { $0.integerValue.map(Int.init) }
        }
    }
}

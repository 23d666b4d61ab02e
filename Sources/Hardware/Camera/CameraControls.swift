import Glibc
public import Media

/// Reads and sets a camera's controls through a descriptor of its own, so that whoever streams is not disturbed.
public struct CameraControls: Sendable {
    private let path: String
    private let system: any VideoNodeSystem

    /// - Parameter path: a node or a link to one.
    public init(path: String) {
        self.init(path: path, system: LinuxVideoNodes())
    }

    init(path: String, system: any VideoNodeSystem) {
        self.path = path
        self.system = system
    }

    /// The controls of `CameraControl.names` that the camera has, in that order, as they stand. Takes some milliseconds.
    public func all() throws(DeviceError) -> [CameraControl] {
        do throws(VideoCallFailure) {
            return try Self.read(VideoNode(path: path, system: system)).map(\.control)
        } catch {
            throw error.error(on: path)
        }
    }

    /// Sets controls by name: all of them, or none when one is unknown or out of its range; when the camera refuses one
    /// midway, those before it are set back.
    public func set(_ values: [String: Int]) throws(DeviceError) {
        do throws(VideoCallFailure) {
            let node = try VideoNode(path: path, system: system)
            let present = try Self.read(node)
            let wishes = Self.ordered(values)
            if let objection = objection(to: wishes, present.map(\.control)) {
                throw VideoCallFailure(.setControl, EINVAL, objection)
            }
            var done: [(id: UInt32, before: Int)] = []
            for (name, value) in wishes {
                guard let (id, control) = present.first(where: { $0.control.name == name }) else { continue }
                do throws(VideoCallFailure) {
                    try system.setValue(node.handle, of: id, to: value)
                } catch {
                    for (id, before) in done.reversed() { try? system.setValue(node.handle, of: id, to: before) }
                    throw refusal(of: control, value, error)
                }
                done.append((id, control.value))
            }
        } catch {
            var answer = error.error(on: path)
            // A wish that cannot be is the caller's doing, not the camera's.
            if error.call == .setControl, error.code == EINVAL { answer.reason = .unknown }
            throw answer
        }
    }

    /// Sets what was set before, each control for itself. What an automatic control holds, since that was switched on later,
    /// is left to it.
    /// - Returns: what was not set, and why.
    func restore(_ values: [String: Int]) -> DeviceError? {
        var problems: [String] = []
        do throws(VideoCallFailure) {
            let node = try VideoNode(path: path, system: system)
            let present = try Self.read(node)
            for wish in Self.ordered(values) {
                if let objection = objection(to: [wish], present.map(\.control)) {
                    problems.append(objection)
                    continue
                }
                guard let (id, control) = present.first(where: { $0.control.name == wish.key }),
                    // As it is after those before it.
                    try system.control(node.handle, after: id - 1)?.isInactive != true
                else { continue }
                do throws(VideoCallFailure) {
                    try system.setValue(node.handle, of: id, to: wish.value)
                } catch {
                    problems.append(refusal(of: control, wish.value, error).error(on: path).message)
                }
            }
        } catch {
            return error.error(on: path)
        }
        return problems.isEmpty ? nil : DeviceError(.failed, problems.joined(separator: "; "))
    }

    private static func ordered(_ values: [String: Int]) -> [(key: String, value: Int)] {
        values.sorted { CameraControlCatalogue.rank(of: $0.key) < CameraControlCatalogue.rank(of: $1.key) }
    }

    private func objection(to wishes: [(key: String, value: Int)], _ present: [CameraControl]) -> String? {
        for (name, value) in wishes {
            guard let control = present.first(where: { $0.name == name }) else {
                let list = present.isEmpty ? "none" : present.map(\.name).joined(separator: ", ")
                return "the camera has no control “\(name)”; present: \(list)"
            }
            if let objection = control.objection(to: value) { return objection }
        }
        return nil
    }

    private func refusal(of control: CameraControl, _ value: Int, _ failure: VideoCallFailure) -> VideoCallFailure {
        // While something automatic holds it, or another program has taken it.
        guard [EACCES, EBUSY].contains(failure.code) else { return failure }
        return VideoCallFailure(
            failure.call, failure.code,
            "\(control.name) was not set to \(value): it is held by an automatic control; switch that off first")
    }

    private static func read(_ node: borrowing VideoNode) throws(VideoCallFailure) -> [(
        id: UInt32, control: CameraControl
    )] {
        var controls: [(id: UInt32, control: CameraControl)] = []
        var last: UInt32 = 0
        // Ids rise, so this ends; a broken driver is left after a number that none reaches.
        for _ in 0..<512 {
            guard let next = try node.system.control(node.handle, after: last), next.id > last else { break }
            last = next.id
            guard !next.isDisabled, let name = CameraControlCatalogue.name(of: next.id),
                let control = try describe(next, name, node)
            else { continue }
            controls.append((next.id, control))
        }
        return controls.sorted {
            CameraControlCatalogue.rank(of: $0.control.name) < CameraControlCatalogue.rank(of: $1.control.name)
        }
    }

    /// - Returns: nil for what cannot be shown as a number, a switch or a menu.
    private static func describe(
        _ control: NodeControl, _ name: String, _ node: borrowing VideoNode
    ) throws(VideoCallFailure) -> CameraControl? {
        guard control.minimum <= control.maximum else { return nil }
        let kind: CameraControl.Kind
        switch control.kind {
        case .integer: kind = .number
        case .boolean: kind = .toggle
        case .menu, .integerMenu:
            var choices: [CameraControl.Choice] = []
            for index in max(control.minimum, 0)...max(min(control.maximum, control.minimum + 255), 0) {
                guard let entry = try node.system.menuEntry(node.handle, of: control, at: index) else { continue }
                choices.append(CameraControl.Choice(value: index, name: entry))
            }
            kind = .menu(choices)
        case .other: return nil
        }
        // A value that cannot be read just now, as UVC has it for some, does not hide the control.
        let value = (try? node.system.value(node.handle, of: control.id)) ?? control.defaultValue
        return CameraControl(
            name: name, title: control.name, kind: kind, range: control.minimum...control.maximum,
            step: max(control.step, 1), defaultValue: control.defaultValue, value: value,
            isReadOnly: control.isReadOnly, isActive: !control.isInactive)
    }
}

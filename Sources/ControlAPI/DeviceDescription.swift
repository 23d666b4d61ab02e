public import JSON

/// A control of a camera, as `devices.configure` sets it.
public struct DeviceControl: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Sendable { case number, toggle, menu }

    /// An entry of a menu.
    public struct Choice: Hashable, Sendable {
        public var value: Int
        public var name: String

        public init(value: Int, name: String) {
            self.value = value
            self.name = name
        }
    }

    public var name: String
    /// What the device calls it.
    public var title: String
    public var kind: Kind
    public var range: ClosedRange<Int>
    public var step: Int
    public var defaultValue: Int
    /// When it was last looked at.
    public var value: Int
    /// Of a menu only.
    public var choices: [Choice]
    public var isReadOnly: Bool
    /// Whether it has an effect now.
    public var isActive: Bool

    public init(
        name: String, title: String, kind: Kind, range: ClosedRange<Int>, step: Int, defaultValue: Int, value: Int,
        choices: [Choice] = [], isReadOnly: Bool = false, isActive: Bool = true
    ) {
        self.name = name
        self.title = title
        self.kind = kind
        self.range = range
        self.step = step
        self.defaultValue = defaultValue
        self.value = value
        self.choices = choices
        self.isReadOnly = isReadOnly
        self.isActive = isActive
    }

    public var json: JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(name), "title": .string(title), "kind": .string(kind.rawValue),
            "minimum": .integer(Int64(range.lowerBound)), "maximum": .integer(Int64(range.upperBound)),
            "step": .integer(Int64(step)), "default": .integer(Int64(defaultValue)), "value": .integer(Int64(value)),
            "readOnly": .bool(isReadOnly), "active": .bool(isActive),
        ]
        if kind == .menu {
            members["choices"] = .array(
                choices.map { ["value": .integer(Int64($0.value)), "name": .string($0.name)] })
        }
        return .object(members)
    }
}

/// An element of the result of `devices.list`, and the data of the device events.
public struct DeviceDescription: Hashable, Sendable {
    public enum Condition: String, CaseIterable, Sendable { case ready, active, lost, busy, failed }

    public var id: String
    public var kind: DeviceKind
    public var name: String
    /// `usb`, `pci`, `simulated`…
    public var bus: String
    public var state: Condition
    public var selected: Bool
    /// Cameras only.
    public var formats: [RoomState.Format]?
    /// Of the camera in use.
    public var controls: [DeviceControl]?

    public init(
        id: String, kind: DeviceKind, name: String, bus: String, state: Condition, selected: Bool,
        formats: [RoomState.Format]? = nil, controls: [DeviceControl]? = nil
    ) {
        self.id = id
        self.kind = kind
        self.name = name
        self.bus = bus
        self.state = state
        self.selected = selected
        self.formats = formats
        self.controls = controls
    }

    public var json: JSONValue {
        [
            "id": .string(id), "kind": .string(kind.rawValue), "name": .string(name), "bus": .string(bus),
            "state": .string(state.rawValue), "selected": .bool(selected),
            "formats": formats.map { .array($0.map(\.json)) } ?? .null,
            "controls": controls.map { .array($0.map(\.json)) } ?? .null,
        ]
    }
}

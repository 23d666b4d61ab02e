public import JSON

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

    public init(
        id: String, kind: DeviceKind, name: String, bus: String, state: Condition, selected: Bool,
        formats: [RoomState.Format]? = nil
    ) {
        self.id = id
        self.kind = kind
        self.name = name
        self.bus = bus
        self.state = state
        self.selected = selected
        self.formats = formats
    }

    public var json: JSONValue {
        [
            "id": .string(id), "kind": .string(kind.rawValue), "name": .string(name), "bus": .string(bus),
            "state": .string(state.rawValue), "selected": .bool(selected),
            "formats": formats.map { .array($0.map(\.json)) } ?? .null,
        ]
    }
}

public import Scheduling

/// What must outlive a restart of the daemon.
public struct RoomMemory: Hashable, Sendable {
    public var planner: PlannerMemory
    public var devices: DeviceChoices

    public init(planner: PlannerMemory = PlannerMemory(), devices: DeviceChoices = DeviceChoices()) {
        self.planner = planner
        self.devices = devices
    }
}

/// What people chose of devices while the room ran, and what is so again after a restart.
public struct DeviceChoices: Hashable, Sendable {
    public struct Camera: Hashable, Sendable {
        public var id: String
        /// What the configuration named then. Once it names something else, that is what somebody wants.
        public var insteadOf: String

        public init(id: String, insteadOf: String) {
            self.id = id
            self.insteadOf = insteadOf
        }
    }

    public var camera: Camera?
    /// What was set of controls, by device and name.
    public var controls: [String: [String: Int]]

    public init(camera: Camera? = nil, controls: [String: [String: Int]] = [:]) {
        self.camera = camera
        self.controls = controls
    }
}

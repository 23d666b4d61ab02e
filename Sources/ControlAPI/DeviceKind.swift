/// What a device is to the room.
public enum DeviceKind: String, CaseIterable, Hashable, Sendable {
    case camera, microphone, speaker, display
    /// The HDMI input for a visitor's laptop.
    case content
}

public import Media

/// What is told of a card that comes and goes.
public enum SoundEvent: Hashable, Sendable {
    /// It runs: what it is, and, for the log, how.
    case opened(DeviceDescription, format: String)
    /// It ran and does not any more; it is tried again.
    case lost(DeviceError)
    /// It cannot be opened, for another reason than before; it is tried again.
    case unavailable(DeviceError)
}

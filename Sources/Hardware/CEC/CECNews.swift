public import Media

/// What a television lets us know.
public enum CECNews: Hashable, Sendable {
    /// It is on, or says that it is turning on.
    case televisionOn
    /// It is in standby, or says that it is going there.
    case televisionStandby
    /// It shows our input; somebody may have chosen it with the remote control.
    case selected
    /// It shows something else.
    case deselected
    /// It answers again.
    case reachable
    /// Nothing answers: no adapter, no cable, no CEC in the television. Told once until something answers.
    case unreachable(DeviceError)
}

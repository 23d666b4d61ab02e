/// What a display is connected to, for those who talk to the monitor by another way.
public struct DisplayConnection: Hashable, Sendable {
    /// The card's number: 0 of `/dev/dri/card0`; nil where udev does not know it.
    public var card: Int?
    /// The connector's number on that card.
    public var connectorID: UInt32
    /// `HDMI-A-1`.
    public var connector: String
    /// The HDMI physical address that the monitor has given this input (0x1000 is 1.0.0.0); nil without one.
    public var physicalAddress: UInt16?
}

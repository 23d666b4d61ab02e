import Media

/// A connector of a graphics card as the kernel describes it.
struct DisplayConnector: Hashable, Sendable {
    /// `HDMI-A-1`, `DP-2`.
    var name: String
    var isConnected: Bool
    /// The monitor's name from its EDID, or its manufacturer; nil where it has told neither.
    var monitor: String?
    /// The monitor's preferred mode, or else its first.
    var mode: DisplayMode?
}

import Media

/// A mode that a connector offers.
struct KMSMode: Hashable {
    var width: Int
    var height: Int
    /// Frames a second × 1000.
    var millihertz: Int64
    var isPreferred: Bool
    /// Interlaced or stereo: not for a meeting room.
    var isSpecial: Bool
    /// `struct drm_mode_modeinfo`, as the kernel gave it and wants it back.
    var timing: [UInt8]

    var displayMode: DisplayMode {
        DisplayMode(width: width, height: height, refresh: Double(millihertz) / 1000)
    }
}

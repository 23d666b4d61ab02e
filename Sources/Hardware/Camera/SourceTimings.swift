/// The timings of what is plugged into an HDMI input.
struct SourceTimings: Hashable, Sendable {
    var width: Int
    var height: Int
    /// Pictures a second; 0 when unknown.
    var rate: Double
    var isInterlaced = false
}

/// Bounds on what the parser accepts, so that a hostile description costs little. The defaults hold a VideoRoom with
/// 128 streams several times over.
public struct SDPLimits: Hashable, Sendable {
    /// Bytes of the whole text.
    public var bytes = 512 * 1024
    /// Bytes of one line.
    public var lineBytes = 8 * 1024
    /// Media sections.
    public var mediaSections = 256
    /// Attributes of the session, and of each media section.
    public var attributesPerSection = 512
    /// Formats (payload types) of one media section.
    public var formatsPerSection = 128

    public init() {}

    public static let standard = SDPLimits()
}

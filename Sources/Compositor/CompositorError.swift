/// A screenshot could not be taken or written.
public enum CompositorError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Nothing has been composed yet.
    case nothingComposed
    /// Cairo refused to write the PNG, with its reason.
    case encodingFailed(String)

    public var description: String {
        switch self {
        case .nothingComposed:
            "there is no picture to take: nothing has been composed for the display yet; ask again after the first flip"
        case .encodingFailed(let reason):
            "a PNG of the display was expected, but Cairo answered “\(reason)”; ask for a smaller width"
        }
    }
}

/// A size in picture elements of the display.
public struct PixelSize: Hashable, Sendable {
    public var width: Int
    public var height: Int

    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// Width divided by height.
    public var aspect: Double { Double(width) / Double(max(height, 1)) }
}

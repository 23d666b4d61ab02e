/// A mode that the configuration asks for: `1920x1080`, `1920x1080@60`, `3840x2160@29.97`.
public struct DisplayModeRequest: Hashable, Sendable {
    public var width: Int
    public var height: Int
    /// Frames a second; nil = the one next to 60.
    public var refresh: Double?

    public init(width: Int, height: Int, refresh: Double? = nil) {
        self.width = width
        self.height = height
        self.refresh = refresh
    }

    /// - Returns: nil for anything but a size of 16…16384 and a rate of 1…1000.
    public init?(_ text: String) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        let size = parts[0].split(separator: "x", omittingEmptySubsequences: false)
        guard size.count == 2, let width = Int(size[0]), let height = Int(size[1]),
            (16...16384).contains(width), (16...16384).contains(height)
        else { return nil }
        self.init(width: width, height: height)
        guard parts.count == 2 else { return }
        guard let rate = Double(parts[1]), (1...1000).contains(rate) else { return nil }
        refresh = rate
    }
}

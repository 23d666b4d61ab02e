/// What a compositor has done so far, and what it holds.
public struct CompositionStatistics: Hashable, Sendable {
    public var compositions: UInt64 = 0
    /// Times the scene changed and was laid out again.
    public var plans: UInt64 = 0
    /// Parts of the display rewritten, and left alone because nothing in them had changed.
    public var regionsWritten: UInt64 = 0
    public var regionsKept: UInt64 = 0
    public var pixelsWritten: UInt64 = 0
    /// Texts and marks painted; those cached now, and their bytes.
    public var overlaysPainted: UInt64 = 0
    public var overlaysCached = 0
    public var overlayBytes = 0
}

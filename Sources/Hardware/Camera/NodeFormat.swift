/// What a node was set to deliver (VIDIOC_S_FMT).
struct NodeFormat: Hashable, Sendable {
    var fourCC: UInt32
    var width: Int
    var height: Int
    /// Bytes from one row to the next; 0 where the driver does not say.
    var stride: Int
    /// Whether each picture has all its lines, from top to bottom.
    var isWhole = true
    /// Luma and chroma in 0…255 instead of 16…235 and 16…240.
    var isFullRange = false

    var fourCCText: String {
        String(decoding: (0..<4).map { UInt8(truncatingIfNeeded: fourCC >> ($0 * 8)) }, as: UTF8.self).trimmed
    }
}

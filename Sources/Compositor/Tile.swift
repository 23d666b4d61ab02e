/// One rectangle of the display and who is in it.
public struct Tile: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
        case participant(PictureID)
        case selfView
        /// So many more participants than there is room for.
        case overflow(Int)
    }

    public enum Role: Hashable, Sendable { case grid, stage, strip, inset }

    /// Even coordinates, inside the display.
    public var rect: PixelRect
    public var content: Content
    public var role: Role
    public var fill: PictureFill
    /// Higher is in front. Tiles of equal order do not overlap.
    public var zOrder: Int

    public init(rect: PixelRect, content: Content, role: Role, fill: PictureFill, zOrder: Int = 0) {
        self.rect = rect
        self.content = content
        self.role = role
        self.fill = fill
        self.zOrder = zOrder
    }
}

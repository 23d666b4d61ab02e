import Media

/// A part of the display that is rewritten as a whole when anything in it changes, and left alone otherwise.
///
/// The regions of a plan are disjoint and cover the display, and drawing one never touches another: so each can be
/// compared with what a buffer already holds, whatever lies beside it.
struct Region: Equatable {
    struct Picture: Equatable {
        enum Source: Equatable {
            case participant(PictureID)
            case selfView
        }

        var source: Source
        /// Even coordinates.
        var tile: PixelRect
        var fill: PictureFill
        var isMirrored: Bool
    }

    /// Where there is no picture.
    var colour: Colour
    var picture: Picture?
    /// While there is a frame.
    var shown: [Piece]
    /// While there is none.
    var blank: [Piece]

    /// The smallest rectangle around it.
    var bounds: DisplayRect {
        var bounds = DisplayRect(left: .max, top: .max, right: 0, bottom: 0)
        for rect in (shown + blank).map(\.rect) where !rect.isEmpty {
            bounds.left = min(bounds.left, Int32(rect.x))
            bounds.top = min(bounds.top, Int32(rect.y))
            bounds.right = max(bounds.right, Int32(rect.maxX))
            bounds.bottom = max(bounds.bottom, Int32(rect.maxY))
        }
        return bounds.left < bounds.right ? bounds : DisplayRect(left: 0, top: 0, right: 0, bottom: 0)
    }
}

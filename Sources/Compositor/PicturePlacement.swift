/// Which part of a picture goes to which part of a tile.
public struct PicturePlacement: Hashable, Sendable {
    /// In the picture; starts at even coordinates, where its chroma samples do.
    public var source: PixelRect
    /// On the display, inside the tile, with even coordinates.
    public var destination: PixelRect

    /// A picture up to this much larger than its tile, or than a whole ratio to it, loses its edges so that the
    /// ratio is
    /// met: sharper, and a fraction of the work.
    static let largestTrim = 1.04

    /// - Parameters:
    ///   - picture: the size of the picture.
    ///   - tile: where it goes; even coordinates.
    public init(picture: PixelSize, tile: PixelRect, fill: PictureFill) {
        let width = picture.width
        let height = picture.height
        switch fill {
        case .crop:
            destination = tile
            if let kept = Self.trimmed(picture, tile) {
                source = PixelRect(
                    x: ((width - kept.width) / 2).evenDown, y: ((height - kept.height) / 2).evenDown,
                    width: kept.width, height: kept.height)
            } else if width * tile.height > height * tile.width {
                let kept = max(1, height * tile.width / max(tile.height, 1))
                source = PixelRect(x: ((width - kept) / 2).evenDown, y: 0, width: kept, height: height)
            } else {
                let kept = max(1, width * tile.height / max(tile.width, 1))
                source = PixelRect(x: 0, y: ((height - kept) / 2).evenDown, width: width, height: kept)
            }
        case .fit:
            source = PixelRect(x: 0, y: 0, width: width, height: height)
            let scale = min(Double(tile.width) / Double(width), Double(tile.height) / Double(height))
            let fitted = PixelSize(
                width: min(tile.width, max(2, (Double(width) * scale).evenRounded)),
                height: min(tile.height, max(2, (Double(height) * scale).evenRounded)))
            destination = PixelRect(
                x: tile.x + ((tile.width - fitted.width) / 2).evenDown,
                y: tile.y + ((tile.height - fitted.height) / 2).evenDown,
                width: fitted.width, height: fitted.height)
        }
    }

    /// The part of a picture that is to its tile as 1, 2, 4 or ½ to 1, for which libyuv has short ways; nil when
    /// too much
    /// would be lost.
    private static func trimmed(_ picture: PixelSize, _ tile: PixelRect) -> PixelSize? {
        for shift in -1...2 {
            let kept =
                shift < 0
                ? PixelSize(width: tile.width / 2, height: tile.height / 2)
                : PixelSize(width: tile.width << shift, height: tile.height << shift)
            if kept.width > 0, kept.height > 0, picture.width >= kept.width, picture.height >= kept.height,
                Double(picture.width) <= Double(kept.width) * largestTrim,
                Double(picture.height) <= Double(kept.height) * largestTrim
            {
                return kept
            }
        }
        return nil
    }
}

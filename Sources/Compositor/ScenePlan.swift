/// A scene laid out for one display: what has to be done for every frame, with all texts painted.
struct ScenePlan {
    /// A tile with what lies over its picture.
    struct TilePlan {
        var rect: PixelRect
        /// Higher is in front.
        var zOrder: Int
        var colour: Colour
        var picture: Region.Picture?
        /// Over the picture.
        var shown: [Drawing]
        /// Over the plain tile, while there is no picture.
        var blank: [Drawing]
    }

    /// Disjoint; together they are the display.
    private(set) var regions: [Region] = []

    /// - Parameter chrome: over tiles and background alike, from back to front.
    init(display: PixelSize, background: Colour, tiles: [TilePlan], chrome: [Drawing]) {
        let sorted = tiles.sorted { $0.zOrder > $1.zOrder }
        for (index, tile) in sorted.enumerated() {
            let hidden = sorted[..<index].filter { $0.zOrder > tile.zOrder }.map(\.rect)
            let areas = tile.rect.subtracting(hidden)
            guard !areas.isEmpty else { continue }
            regions.append(
                Region(
                    colour: tile.colour, picture: tile.picture,
                    shown: tile.picture == nil
                        ? [] : areas.flatMap { Piece.dividing($0, by: tile.shown + chrome) },
                    blank: areas.flatMap { Piece.dividing($0, by: tile.blank + chrome) }))
        }
        let pieces = PixelRect(display).subtracting(tiles.map(\.rect)).flatMap { Piece.dividing($0, by: chrome) }
        let plain = pieces.filter(\.drawings.isEmpty)
        if !plain.isEmpty { regions.append(Region(colour: background, picture: nil, shown: [], blank: plain)) }
        // One by one, so that a clock that ticks rewrites the clock and nothing else.
        for piece in pieces where !piece.drawings.isEmpty {
            regions.append(Region(colour: background, picture: nil, shown: [], blank: [piece]))
        }
    }
}

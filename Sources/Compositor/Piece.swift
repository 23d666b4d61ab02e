/// A rectangle in which the same drawings lie over the picture or background everywhere.
struct Piece: Equatable {
    var rect: PixelRect
    /// From back to front; those hidden behind a fill are left out. Empty: the picture or background as it is.
    var drawings: [Drawing]

    /// Divides an area into pieces along the edges of the drawings over it.
    ///
    /// The pieces are disjoint, cover the area exactly and, if the area does, start and end at even coordinates.
    static func dividing(_ area: PixelRect, by drawings: [Drawing]) -> [Piece] {
        let covering = drawings.filter { $0.rect.evened.intersects(area) }
        guard !covering.isEmpty else { return area.isEmpty ? [] : [Piece(rect: area, drawings: [])] }
        var pieces: [Piece] = []
        let ys = cuts(area.y, area.maxY, covering.flatMap { [$0.rect.evened.y, $0.rect.evened.maxY] })
        for (top, bottom) in zip(ys, ys.dropFirst()) {
            let band = PixelRect(left: area.x, top: top, right: area.maxX, bottom: bottom)
            let inBand = covering.filter { $0.rect.evened.intersects(band) }
            let xs = cuts(area.x, area.maxX, inBand.flatMap { [$0.rect.evened.x, $0.rect.evened.maxX] })
            var cells: [Piece] = []
            for (left, right) in zip(xs, xs.dropFirst()) {
                let cell = PixelRect(left: left, top: top, right: right, bottom: bottom)
                let over = seen(in: cell, inBand)
                if let last = cells.indices.last, cells[last].drawings == over {
                    cells[last].rect.width += cell.width
                } else {
                    cells.append(Piece(rect: cell, drawings: over))
                }
            }
            for cell in cells {
                if let index = pieces.lastIndex(where: {
                    $0.rect.x == cell.rect.x && $0.rect.width == cell.rect.width && $0.rect.maxY == cell.rect.y
                        && $0.drawings == cell.drawings
                }) {
                    pieces[index].rect.height += cell.rect.height
                } else {
                    pieces.append(cell)
                }
            }
        }
        return pieces
    }

    /// The drawings that touch a cell, from the last fill on that covers all of it.
    private static func seen(in cell: PixelRect, _ drawings: [Drawing]) -> [Drawing] {
        let touching = drawings.filter { $0.rect.evened.intersects(cell) }
        let base = touching.lastIndex { drawing in
            if case .fill = drawing.ink { return drawing.rect.contains(cell) }
            return false
        }
        return base.map { Array(touching[$0...]) } ?? touching
    }

    private static func cuts(_ from: Int, _ to: Int, _ edges: [Int]) -> [Int] {
        Set(edges.filter { $0 > from && $0 < to } + [from, to]).sorted()
    }
}

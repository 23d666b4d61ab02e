/// Equal 16:9 rectangles in rows, the last row centred.
struct GridShape {
    static let tileAspect = 16.0 / 9.0

    var columns: Int
    var rows: Int
    var tile: PixelSize

    /// The number of columns that makes the tiles largest; on a tie the one with fewer empty places, then with
    /// fewer rows.
    /// - Parameter count: at least 1.
    init(count: Int, in area: PixelRect, gap: Int) {
        var best: (columns: Int, rows: Int, width: Double)?
        for columns in 1...count {
            let rows = (count + columns - 1) / columns
            let across = Double(area.width - gap * (columns - 1)) / Double(columns)
            let down = Double(area.height - gap * (rows - 1)) / Double(rows)
            let width = min(across, down * Self.tileAspect)
            guard let former = best else {
                best = (columns, rows, width)
                continue
            }
            let isLarger = width > former.width + 0.5
            let isEqual = abs(width - former.width) <= 0.5
            let empty = columns * rows - count
            let formerEmpty = former.columns * former.rows - count
            if isLarger || (isEqual && (empty < formerEmpty || (empty == formerEmpty && rows < former.rows))) {
                best = (columns, rows, width)
            }
        }
        let chosen = best ?? (1, 1, Double(area.width))
        columns = chosen.columns
        rows = chosen.rows
        let width = max(2, Int(chosen.width).evenDown)
        tile = PixelSize(width: width, height: max(2, Int(Double(width) / Self.tileAspect).evenDown))
    }

    /// The places of `count` tiles, row by row, centred in the area.
    func places(count: Int, in area: PixelRect, gap: Int) -> [PixelRect] {
        let height = rows * tile.height + (rows - 1) * gap
        let top = area.y + ((area.height - height) / 2).evenDown
        return (0..<count).map { index in
            let row = index / columns
            let inRow = min(columns, count - row * columns)
            let width = inRow * tile.width + (inRow - 1) * gap
            let left = area.x + ((area.width - width) / 2).evenDown
            return PixelRect(
                x: left + (index % columns) * (tile.width + gap), y: top + row * (tile.height + gap),
                width: tile.width, height: tile.height)
        }
    }
}

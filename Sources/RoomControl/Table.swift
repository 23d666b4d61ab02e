/// Rows in aligned columns, two blanks apart; the first row is the heading.
struct Table {
    let rows: [[String]]
    /// Columns that are never cut: instants, and what people copy into the next command.
    let whole: Set<Int>

    /// Text shorter than this says too little.
    private static let narrowest = 16
    private static let gap = 2

    init(_ rows: [[String]], whole: Set<Int> = []) {
        self.rows = rows.map { $0.map(Text.clean) }
        self.whole = whole
    }

    /// - Parameter columns: what a line may take; nil: whatever it needs. Where they are too few, the widest cells are cut; where
    ///   that does not do, last columns that must stay whole go to lines of their own.
    func text(columns: Int? = nil) -> String {
        entries(columns: columns).joined(separator: "\n")
    }

    /// One text a row, of one or several lines.
    private func entries(columns: Int?) -> [String] {
        let natural = widths
        guard let columns, Self.total(natural) > columns else { return lines(natural) }
        let shrunk = self.shrunk(natural, to: columns)
        if Self.total(shrunk) <= columns { return lines(shrunk) }
        guard let last = natural.indices.last, last > 0, whole.contains(last) else {
            return lines(shrunk).map { Text.cut($0, to: columns) }
        }
        let head = Table(rows.map { Array($0.prefix(last)) }, whole: whole.subtracting([last]))
        return zip(head.entries(columns: columns), rows).map { entry, row in
            row.count > last ? "\(entry)\n  \(row[last])" : entry
        }
    }

    private var widths: [Int] {
        (0..<(rows.map(\.count).max() ?? 0)).map { column in
            rows.map { column < $0.count ? Text.width($0[column]) : 0 }.max() ?? 0
        }
    }

    private static func total(_ widths: [Int]) -> Int {
        widths.reduce(0, +) + gap * max(0, widths.count - 1)
    }

    private func shrunk(_ natural: [Int], to columns: Int) -> [Int] {
        var widths = natural
        while Self.total(widths) > columns {
            let candidates = widths.indices.filter { !whole.contains($0) && widths[$0] > Self.narrowest }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
        }
        return widths
    }

    private func lines(_ widths: [Int]) -> [String] {
        rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let shown = Text.cut(cell, to: widths[column])
                line += shown + String(repeating: " ", count: widths[column] - Text.width(shown) + Self.gap)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}

/// Rows in aligned columns, two blanks apart; the first row is the heading.
struct Table {
    let rows: [[String]]
    /// Columns that are never cut: instants, and what people copy into the next command.
    let whole: Set<Int>
    /// A column of sentences, which go on below themselves instead of being cut.
    let prose: Int?

    /// Text shorter than this says too little.
    private static let narrowest = 16
    /// Sentences in lines shorter than this are no pleasure.
    private static let narrowestProse = 28
    private static let gap = 2

    init(_ rows: [[String]], whole: Set<Int> = [], prose: Int? = nil) {
        self.rows = rows.map { $0.map(Text.clean) }
        self.whole = whole
        self.prose = prose
    }

    /// - Parameter columns: what a line may take; nil: whatever it needs. Where they are too few, the widest cells are cut, and
    ///   sentences wrapped; where that does not do, last columns that must stay whole, or are sentences, go to lines of their own.
    func text(columns: Int? = nil) -> String {
        entries(columns: columns).joined(separator: "\n")
    }

    /// One text a row, of one or several lines.
    private func entries(columns: Int?) -> [String] {
        let natural = widths
        guard let columns, Self.total(natural) > columns else { return lines(natural) }
        let shrunk = self.shrunk(natural, to: columns)
        if Self.total(shrunk) <= columns { return lines(shrunk) }
        guard let last = natural.indices.last, last > 0, whole.contains(last) || last == prose else {
            return lines(shrunk).map { Text.cut($0, to: columns) }
        }
        let head = Table(rows.map { Array($0.prefix(last)) }, whole: whole.subtracting([last]), prose: prose)
        return zip(head.entries(columns: columns), rows).map { entry, row in
            guard row.count > last else { return entry }
            let below =
                last == prose ? Text.wrapped(row[last], to: max(1, columns - 2), breakingWords: true) : [row[last]]
            return ([entry] + below.map { "  " + $0 }).joined(separator: "\n")
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
        let narrowestProse = max(Self.narrowestProse, longestWord)
        while Self.total(widths) > columns {
            let candidates = widths.indices.filter { column in
                !whole.contains(column) && widths[column] > (column == prose ? narrowestProse : Self.narrowest)
            }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
        }
        return widths
    }

    /// Of the sentences: an address is copied, so it stays in one line where it can.
    private var longestWord: Int {
        guard let prose else { return 0 }
        return rows.filter { prose < $0.count }.flatMap { $0[prose].split(separator: " ") }
            .map { Text.width(String($0)) }.max() ?? 0
    }

    private func lines(_ widths: [Int]) -> [String] {
        rows.map { row in
            let cells = row.enumerated().map { column, cell in
                column == prose ? Text.wrapped(cell, to: widths[column]) : [Text.cut(cell, to: widths[column])]
            }
            let height = cells.map(\.count).max() ?? 0
            return (0..<height).map { line in
                var text = ""
                for (column, cell) in cells.enumerated() {
                    let shown = line < cell.count ? cell[line] : ""
                    text += shown + String(repeating: " ", count: max(0, widths[column] - Text.width(shown)) + Self.gap)
                }
                while text.last == " " { text.removeLast() }
                return text
            }.joined(separator: "\n")
        }
    }
}

import Glibc

/// The outline of an iCalendar text (RFC 5545 §3.4): where its entries begin and end.
///
/// libical reads one component at a time, cut out here: so a bad one takes no other with it, nesting is bounded, and
/// every problem has a line.
struct ICalendarText {
    /// A component's place in the text, without the components inside it.
    struct Entry {
        var line: Int
        /// What of the text belongs to it, BEGIN and END lines included.
        var pieces: [Range<Int>] = []
        /// The `METHOD` of the calendar object it is in, in capitals.
        var method = ""
        /// `yyyymmdd` of DTSTART and DTEND as written; nil where they are missing or odd.
        var firstDay: Int?
        var lastDay: Int?
        /// It has a rule, further dates or a RECURRENCE-ID, or a DURATION.
        var needsReading = false
    }

    let bytes: [UInt8]
    private(set) var events: [Entry] = []
    private(set) var zones: [Entry] = []
    private(set) var problems: [CalendarProblem] = []
    /// All VEVENTs that begin in it.
    private(set) var eventCount = 0
    /// Of which this many could not be read at all…
    var leftOutCount: Int { leftOut.count }
    /// … and this many only in part.
    var readInPartCount: Int { readInPart.subtracting(leftOut).count }
    /// The text ends in the middle.
    private(set) var isTruncated = false

    private struct Open {
        var name: String
        var line: Int
        var entry: Entry
        var pieceStart: Int
    }

    private var stack: [Open] = []
    /// The lines where the entries begin.
    private var leftOut: Set<Int> = []
    private var readInPart: Set<Int> = []
    private var method = ""
    /// How many components below the allowed depth are open.
    private var excess = 0

    init(_ bytes: [UInt8], limits: ICalendarLimits) throws(CalendarError) {
        guard bytes.count <= limits.bytes else { throw .tooLarge(size: bytes.count, limit: limits.bytes) }
        self.bytes = bytes
        try scan(limits)
    }

    /// The text of an entry, for libical.
    func text(of entry: Entry) -> [CChar] {
        var text: [CChar] = []
        text.reserveCapacity(entry.pieces.reduce(1) { $0 + $1.count })
        for piece in entry.pieces {
            // A zero would end the text for C.
            text.append(contentsOf: bytes[piece].lazy.map { CChar(bitPattern: $0 == 0 ? 0x20 : $0) })
        }
        text.append(0)
        return text
    }

    /// The line of a property of an entry; the entry's own where it is not found.
    func line(of property: String, in entry: Entry) -> Int {
        guard let first = entry.pieces.first, let last = entry.pieces.last else { return entry.line }
        var line = entry.line
        let name = Array(property.uppercased().utf8)
        for start in bytes[first.lowerBound..<last.upperBound].split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        {
            if start.prefix(name.count).elementsEqual(name) { return line }
            line += 1
        }
        return entry.line
    }

    // MARK: - Scan

    private mutating func scan(_ limits: ICalendarLimits) throws(CalendarError) {
        var line = 0
        var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var hasBegun = false
        while start < bytes.count {
            line += 1
            let end = lineEnd(from: start)
            let next = min(end + 1, bytes.count)
            let first = bytes[start] | 0x20
            if !hasBegun {
                let text = word(start..<end)
                if text == "BEGIN:VCALENDAR" {
                    hasBegun = true
                } else if !text.isEmpty {
                    let got = String(decoding: bytes[start..<min(end, start + 60)], as: UTF8.self)
                    throw .notCalendar(line: line, got: got.filter { !$0.isNewline })
                }
            }
            switch first {
            case UInt8(ascii: "b") where hasPrefix("BEGIN:", start, end):
                begin(word(start + 6..<end), line: line, at: start, limits)
            case UInt8(ascii: "e") where hasPrefix("END:", start, end):
                close(word(start + 4..<end), line: line, at: next, limits)
            case UInt8(ascii: "m") where stack.count == 1 && hasPrefix("METHOD", start, end):
                method = String(word(start..<end).drop { $0 != ":" }.dropFirst())
            case UInt8(ascii: "d"), UInt8(ascii: "r"), UInt8(ascii: "e"):
                if excess == 0, stack.count == 2 { note(start, end) }
            default: break
            }
            start = next
        }
        guard hasBegun else { throw .notCalendar(line: max(line, 1), got: "") }
        isTruncated = !stack.isEmpty
        for open in stack.reversed() where open.name != "VCALENDAR" {
            report(open.line, "this \(open.name) is not ended; the text was cut off", limits, effect(of: open))
        }
        if isTruncated, stack.allSatisfy({ $0.name == "VCALENDAR" }) {
            report(stack[0].line, "this VCALENDAR is not ended; the text was cut off", limits)
        }
    }

    private mutating func begin(_ name: String, line: Int, at start: Int, _ limits: ICalendarLimits) {
        if let top = stack.last, top.name == "VEVENT", name == "VEVENT" || name == "VCALENDAR" {
            report(
                top.line, "this VEVENT is not ended before the next begins; it is left out", limits, effect(of: top))
            stack.removeLast()
        }
        guard excess == 0, stack.count < limits.depth else {
            if excess == 0 {
                report(line, "components are nested more than \(limits.depth) deep", limits, effectOfLoss)
            }
            excess += 1
            return
        }
        if name == "VCALENDAR" { method = "" }
        if name == "VEVENT", stack.count == 1 { eventCount += 1 }
        if let top = stack.indices.last, stack[top].name != "VTIMEZONE", stack[top].name != "VCALENDAR" {
            stack[top].entry.pieces.append(stack[top].pieceStart..<start)
        }
        stack.append(Open(name: name, line: line, entry: Entry(line: line), pieceStart: start))
    }

    private mutating func close(_ name: String, line: Int, at end: Int, _ limits: ICalendarLimits) {
        if excess > 0 {
            excess -= 1
            return
        }
        guard let index = stack.lastIndex(where: { $0.name == name }) else {
            return report(line, "END:\(name.prefix(40)) ends nothing that has begun", limits)
        }
        for open in stack[(index + 1)...] {
            report(
                open.line, "this \(open.name.prefix(40)) is not ended; it is left out", limits, effect(of: open))
        }
        var open = stack[index]
        stack.removeSubrange(index...)
        open.entry.pieces.append(open.pieceStart..<end)
        open.entry.method = method
        if let parent = stack.indices.last, stack[parent].name != "VTIMEZONE" { stack[parent].pieceStart = end }
        guard stack.count == 1, name == "VEVENT" || name == "VTIMEZONE" else { return }
        let size = open.entry.pieces.reduce(0) { $0 + $1.count }
        guard size <= limits.entryBytes else {
            return report(
                open.line, "this \(name) has \(size) bytes, more than \(limits.entryBytes); it is left out", limits,
                name == "VEVENT" ? .leftOut(entry: open.line) : .noEntry)
        }
        if name == "VEVENT" { events.append(open.entry) } else { zones.append(open.entry) }
    }

    /// Looks at what tells, without reading all of it, whether an entry can matter in a window.
    private mutating func note(_ start: Int, _ end: Int) {
        let top = stack.count - 1
        guard stack[top].name == "VEVENT" else { return }
        if hasPrefix("DTSTART", start, end) {
            stack[top].entry.firstDay = day(start, end)
            if stack[top].entry.firstDay == nil { stack[top].entry.needsReading = true }
        } else if hasPrefix("DTEND", start, end) {
            stack[top].entry.lastDay = day(start, end)
            if stack[top].entry.lastDay == nil { stack[top].entry.needsReading = true }
        } else if hasPrefix("RRULE", start, end) || hasPrefix("RDATE", start, end) || hasPrefix("DURATION", start, end)
            || hasPrefix("RECURRENCE-ID", start, end)
        {
            stack[top].entry.needsReading = true
        }
    }

    private func day(_ start: Int, _ end: Int) -> Int? {
        guard let colon = bytes[start..<end].lastIndex(of: UInt8(ascii: ":")), colon + 8 < end else { return nil }
        var value = 0
        for byte in bytes[(colon + 1)...(colon + 8)] {
            guard (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        // Only what is a date for certain may keep an entry from being read: the rest is for the reader to judge.
        let rest = bytes[(colon + 9)..<end]
        let isDate = rest.first.map { $0 == UInt8(ascii: "T") || $0 == UInt8(ascii: "\r") } ?? true
        let (year, month, day) = (value / 10_000, value / 100 % 100, value % 100)
        guard isDate, year <= TimingReader.lastYear, (1...12).contains(month), (1...31).contains(day) else {
            return nil
        }
        return value
    }

    mutating func report(
        _ line: Int, _ text: String, _ limits: ICalendarLimits, _ effect: CalendarProblem.Effect = .noEntry
    ) {
        switch effect {
        case .noEntry: break
        case .leftOut(let entry): leftOut.insert(entry)
        case .readInPart(let entry): readInPart.insert(entry)
        }
        if problems.count < limits.problems {
            problems.append(CalendarProblem(line: line, text: text, effect: effect))
        }
    }

    /// What it means that a component is not ended: to the entry that it is, or is in.
    private func effect(of open: Open) -> CalendarProblem.Effect {
        open.name == "VEVENT" ? .leftOut(entry: open.line) : effectOfLoss
    }

    /// What it means that something inside is left out: to the entry that is open.
    private var effectOfLoss: CalendarProblem.Effect {
        guard let entry = stack.dropFirst().first, entry.name == "VEVENT" else { return .noEntry }
        return .readInPart(entry: entry.line)
    }

    // MARK: - Bytes

    private func lineEnd(from start: Int) -> Int {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress,
                let found = memchr(base + start, Int32(UInt8(ascii: "\n")), buffer.count - start)
            else { return buffer.count }
            return start + (found - UnsafeMutableRawPointer(mutating: base + start))
        }
    }

    private func hasPrefix(_ prefix: StaticString, _ start: Int, _ end: Int) -> Bool {
        guard end - start >= prefix.utf8CodeUnitCount else { return false }
        for index in 0..<prefix.utf8CodeUnitCount {
            let byte = bytes[start + index]
            let upper = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte & 0xDF : byte
            if upper != prefix.utf8Start[index] { return false }
        }
        return true
    }

    private func word(_ range: Range<Int>) -> String {
        let text = String(decoding: bytes[range].prefix(80), as: UTF8.self)
        return text.uppercased().filter { !$0.isWhitespace }
    }
}

import Base

/// A calendar drawn from a seed, that changes as calendars do: series in several time zones around the days on which clocks
/// change, exceptions, moved and cancelled instances, answers of the room, overlaps, shared addresses.
struct RandomCalendar {
    enum Zone: CaseIterable {
        case utc, floating, berlin, newYork, kathmandu, lordHowe

        /// The IANA name; nil for UTC, and for times without a zone.
        var name: String? {
            switch self {
            case .utc, .floating: nil
            case .berlin: "Europe/Berlin"
            case .newYork: "America/New_York"
            case .kathmandu: "Asia/Kathmandu"
            case .lordHowe: "Australia/Lord_Howe"
            }
        }
    }

    /// What may differ between the instances of a series.
    struct Details {
        /// Days after the calendar's first, where its zone is.
        var day: Int
        /// Of that day.
        var minute: Int
        var length: Int
        var isCancelled = false
        var participation: String?
        var location: String
    }

    struct Entry {
        var uid: String
        var zone: Zone
        var isAllDay: Bool
        var details: Details
        var organizer: String?
        /// Days from one instance to the next, and how many there are; nil: a single meeting.
        var series: (every: Int, count: Int)?
        /// Instances by their number.
        var excluded: Set<Int> = []
        var overrides: [Int: Details] = [:]
    }

    /// Days of the year on which something happens to clocks within four days, and one on which nothing does.
    private static let firstDays: [(month: Int, day: Int)] = [
        (3, 6), (3, 27), (4, 3), (10, 2), (10, 23), (10, 30), (6, 10),
    ]

    /// Days since 1970 of the calendar's first.
    let firstDay: Int64
    private(set) var entries: [Entry] = []
    private var count = 0

    init(_ random: inout SeededRandom) {
        let first = Self.firstDays.randomElement(using: &random) ?? (6, 10)
        firstDay = CivilDate.daysSinceEpoch(year: 2026, month: first.month, day: first.day)
        for _ in 0..<Int.random(in: 1...10, using: &random) { addEntry(&random) }
    }

    var start: UTCTime { UTCTime(seconds: firstDay * 86_400) }

    /// Something that people do to a calendar, on or after `day`.
    mutating func change(_ random: inout SeededRandom) {
        guard let index = entries.indices.randomElement(using: &random), Int.random(in: 0..<8, using: &random) > 0
        else {
            addEntry(&random)
            return
        }
        if let series = entries[index].series, Bool.random(using: &random) {
            let number = Int.random(in: 0..<series.count, using: &random)
            var details = entries[index].overrides[number] ?? entries[index].details
            if entries[index].overrides[number] == nil { details.day += series.every * number }
            if Int.random(in: 0..<6, using: &random) == 0 {
                entries[index].excluded.insert(number)
            } else {
                Self.change(&details, &random)
                entries[index].overrides[number] = details
            }
        } else if Int.random(in: 0..<6, using: &random) == 0 {
            entries.remove(at: index)
        } else {
            // Instances of a series are known by their starts: those of another start are other ones.
            if entries[index].series != nil { entries[index].overrides.removeAll() }
            Self.change(&entries[index].details, &random)
        }
    }

    private static func change(_ details: inout Details, _ random: inout SeededRandom) {
        switch Int.random(in: 0..<7, using: &random) {
        case 0: details.isCancelled.toggle()
        case 1: details.minute = Int.random(in: 0..<96, using: &random) * 15
        case 2: details.minute = min(max(details.minute + Int.random(in: -4...4, using: &random) * 15, 0), 1425)
        case 3: details.day += Int.random(in: -1...1, using: &random)
        case 4: details.length = length(&random)
        case 5: details.participation = participation(&random)
        default: details.location = location(&random)
        }
    }

    private mutating func addEntry(_ random: inout SeededRandom) {
        count += 1
        let isSeries = Int.random(in: 0..<3, using: &random) == 0
        let isNight = Int.random(in: 0..<4, using: &random) == 0
        var entry = Entry(
            uid: "e\(count)", zone: Zone.allCases.randomElement(using: &random) ?? .utc,
            isAllDay: Int.random(in: 0..<12, using: &random) == 0,
            details: Details(
                day: isSeries ? Int.random(in: -10...2, using: &random) : Int.random(in: 0...3, using: &random),
                // Half the night meetings are where hours are missing or come twice.
                minute: (isNight ? Int.random(in: 0...16, using: &random) : Int.random(in: 28...80, using: &random))
                    * 15,
                length: Self.length(&random), isCancelled: Int.random(in: 0..<12, using: &random) == 0,
                participation: Self.participation(&random), location: Self.location(&random)),
            organizer: ["anna@example.org", "anna@example.org", "eve@elsewhere.test", nil].randomElement(using: &random)
                ?? nil)
        if isSeries {
            entry.series = ([1, 1, 2, 7].randomElement(using: &random) ?? 1, Int.random(in: 2...14, using: &random))
        }
        entries.append(entry)
        for _ in 0..<(isSeries ? Int.random(in: 0...3, using: &random) : 0) {
            let number = Int.random(in: 0..<(entry.series?.count ?? 1), using: &random)
            if Bool.random(using: &random) {
                entries[entries.count - 1].excluded.insert(number)
            } else {
                var details = entry.details
                details.day += (entry.series?.every ?? 1) * number
                Self.change(&details, &random)
                entries[entries.count - 1].overrides[number] = details
            }
        }
    }

    private static func length(_ random: inout SeededRandom) -> Int {
        [0, 5, 15, 30, 60, 60, 90, 120, 500].randomElement(using: &random) ?? 60
    }

    private static func participation(_ random: inout SeededRandom) -> String? {
        ["ACCEPTED", "ACCEPTED", "ACCEPTED", "TENTATIVE", "DECLINED", "NEEDS-ACTION", nil].randomElement(using: &random)
            ?? nil
    }

    private static func location(_ random: inout SeededRandom) -> String {
        let room = Int.random(in: 1...4, using: &random)
        return [
            "janus+wss://sfu.example.org/?room=\(room)", "janus+wss://sfu.example.org/?room=\(room)",
            "janus+wss://sfu.example.org/?room=\(room)", "https://zoom.us/j/12345678", "Room 4, first floor",
            "janus+wss://sfu.example.org/",
        ].randomElement(using: &random) ?? ""
    }

    // MARK: - Text

    var text: [UInt8] {
        calendar(entries.map(text(of:)).joined(separator: "\n"))
    }

    private func text(of entry: Entry) -> String {
        var lines = properties(of: entry.details, in: entry)
        if let series = entry.series {
            lines.append("RRULE:FREQ=DAILY;INTERVAL=\(series.every);COUNT=\(series.count)")
            for number in entry.excluded.sorted() { lines.append(line("EXDATE", instance(number, of: entry), entry)) }
        }
        var text = event(lines.joined(separator: "\n"))
        for (number, details) in entry.overrides.sorted(by: { $0.key < $1.key }) where !entry.excluded.contains(number)
        {
            let lines = properties(of: details, in: entry) + [line("RECURRENCE-ID", instance(number, of: entry), entry)]
            text += "\n" + event(lines.joined(separator: "\n"))
        }
        return text
    }

    private func instance(_ number: Int, of entry: Entry) -> Details {
        var details = entry.details
        details.day += (entry.series?.every ?? 1) * number
        return details
    }

    private func properties(of details: Details, in entry: Entry) -> [String] {
        var lines = ["UID:\(entry.uid)", "SUMMARY:Meeting \(entry.uid)", line("DTSTART", details, entry)]
        lines.append(entry.isAllDay ? "DURATION:P1D" : "DURATION:PT\(details.length)M")
        lines.append("LOCATION:\(details.location)")
        if details.isCancelled { lines.append("STATUS:CANCELLED") }
        if let organizer = entry.organizer { lines.append("ORGANIZER:mailto:\(organizer)") }
        if let participation = details.participation {
            lines.append("ATTENDEE;PARTSTAT=\(participation):mailto:room@example.org")
        }
        return lines
    }

    /// A property whose value is a start.
    private func line(_ name: String, _ details: Details, _ entry: Entry) -> String {
        let date = CivilDate.fromDaysSinceEpoch(firstDay + Int64(details.day))
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let day = "\(date.year)\(padded(date.month))\(padded(date.day))"
        guard !entry.isAllDay else { return "\(name);VALUE=DATE:\(day)" }
        let time = "\(day)T\(padded(details.minute / 60))\(padded(details.minute % 60))00"
        switch entry.zone {
        case .utc: return "\(name):\(time)Z"
        case .floating: return "\(name):\(time)"
        case .berlin, .newYork, .kathmandu, .lordHowe: return "\(name);TZID=\(entry.zone.name ?? ""):\(time)"
        }
    }
}

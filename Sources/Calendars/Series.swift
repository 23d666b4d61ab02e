import Base

/// All entries of one UID: a meeting, or a series with its exceptions.
struct Series {
    /// One meeting of the series; times are seconds since 1970 in UTC.
    struct Occurrence {
        var id: String
        var start: Int64
        var end: Int64
        var entry: EntryTiming
    }

    private var masters: [EntryTiming] = []
    private var overrides: [EntryTiming] = []

    mutating func add(_ entry: EntryTiming) {
        if entry.recurrenceID == nil { masters.append(entry) } else { overrides.append(entry) }
    }

    /// Recurrence rules are to be worked through.
    var hasRules: Bool { masters.contains { !$0.rules.isEmpty || !$0.exclusionRules.isEmpty } }

    /// What a meeting gave.
    struct Found {
        var occurrences: [Occurrence] = []
        var complaints: [(EntryTiming, String)] = []
        /// The recurrence's share of the work was too small for it.
        var hasMore = false
    }

    /// What takes place in `window` (UTC seconds), in no order; of more than `limit` those that are next at `now`.
    func occurrences(
        in window: Range<Int64>, at now: Int64, zones: ZoneTable, recurrence: inout Recurrence, limit: Int
    ) -> Found {
        let master = masters.max { $0.sequence < $1.sequence || ($0.sequence == $1.sequence && $0.index < $1.index) }
        var found = Found()
        guard let master, master.isSeries || !overrides.isEmpty else {
            found.occurrences = overridden(nil, zones).map {
                occurrence($0.value, id: $0.value.uid + "/" + $0.key, zones)
            }
            if let master { found.occurrences.append(occurrence(master, id: master.uid, zones)) }
            finish(&found, in: window, at: now, limit: limit)
            return found
        }
        let replaced = overridden(master, zones)
        let ranged = replaced.values.filter { $0.isRanged && !$0.isCancelled }
            .map { (from: identity($0, master, zones), entry: $0) }.sorted { $0.from < $1.from }
        found.occurrences = replaced.map { occurrence($0.value, id: master.uid + "/" + $0.key, zones) }
        let starts = starts(
            of: master, in: window, ranged, zones: zones, recurrence: &recurrence, found: &found)
        for (civil, seconds) in next(starts, of: master, ranged, at: now, zones: zones, limit: limit, found: &found) {
            let key = key(civil, master, zones)
            guard replaced[key] == nil else { continue }
            let id = master.isSeries ? master.uid + "/" + key : master.uid
            if let change = ranged.last(where: { $0.from <= civil }) {
                found.occurrences.append(shifted(change.entry, by: civil.value - change.from.value, id: id, zones))
            } else {
                found.occurrences.append(
                    Occurrence(
                        id: id, start: zones.utc(civil, master.start.zone),
                        end: master.utcEnd(from: civil, zones, seconds: seconds), entry: master))
            }
        }
        finish(&found, in: window, at: now, limit: limit)
        return found
    }

    /// At most `limit` of the starts: the first that may not have ended at `now`, and then the last before them.
    private func next(
        _ starts: [(CivilSeconds, seconds: Int64?)], of master: EntryTiming,
        _ ranged: [(from: CivilSeconds, entry: EntryTiming)], at now: Int64, zones: ZoneTable, limit: Int,
        found: inout Found
    ) -> ArraySlice<(CivilSeconds, seconds: Int64?)> {
        guard starts.count > limit else { return starts[...] }
        found.complaints.append(
            (master, "more than \(limit) meetings of this series in the window; the others are left out"))
        let day: Int64 = 86_400
        let longest = ([master] + ranged.map(\.entry)).map { $0.days * day + $0.seconds }.max() ?? 0
        let civil = zones.civil(atUTC: now, master.start.zone)
        let first = starts.firstIndex { $0.0 >= civil || $0.0.value + max(longest, $0.seconds ?? 0) > civil.value }
        let begin = min(first ?? starts.count, starts.count - limit)
        return starts[begin..<begin + limit]
    }

    /// Lets go what lies outside the window, and what is too much: overrides can be as many as dates.
    private func finish(_ found: inout Found, in window: Range<Int64>, at now: Int64, limit: Int) {
        found.occurrences.removeAll { !Self.touches(window, $0.start, $0.end) }
        guard found.occurrences.count > limit, let entry = masters.first ?? overrides.first else { return }
        if found.complaints.isEmpty {
            found.complaints.append(
                (entry, "more than \(limit) meetings of this series in the window; the others are left out"))
        }
        found.occurrences.sort { one, other in
            let isOver = (one.isOver(at: now), other.isOver(at: now))
            if isOver.0 != isOver.1 { return isOver.1 }
            return isOver.0 ? one.start > other.start : one.start < other.start
        }
        found.occurrences.removeSubrange(limit...)
    }

    // MARK: - Parts

    /// The entries with a RECURRENCE-ID by what they replace; of several for one occurrence the newest.
    private func overridden(_ master: EntryTiming?, _ zones: ZoneTable) -> [String: EntryTiming] {
        var result: [String: EntryTiming] = [:]
        for entry in overrides {
            let key: String
            if let master {
                key = self.key(identity(entry, master, zones), master, zones)
            } else if let id = entry.recurrenceID {
                key = Self.key(id.isDate ? id.civil : CivilSeconds(zones.utc(id.civil, id.zone)), isDate: id.isDate)
            } else {
                continue
            }
            if let other = result[key], other.sequence > entry.sequence { continue }
            result[key] = entry
        }
        return result
    }

    /// The occurrence that an override stands for, on the series' own clock.
    private func identity(_ entry: EntryTiming, _ master: EntryTiming, _ zones: ZoneTable) -> CivilSeconds {
        guard let id = entry.recurrenceID else { return entry.start.civil }
        if id.isDate, !master.start.isDate {
            // Some programs write only the day.
            let ofDay = master.start.civil.value - master.start.civil.day * 86_400
            return CivilSeconds(id.civil.value + ofDay)
        }
        if master.start.isDate { return CivilSeconds(id.civil.day * 86_400) }
        if id.zone == .floating || id.zone == master.start.zone { return id.civil }
        return zones.civil(atUTC: zones.utc(id.civil, id.zone), master.start.zone)
    }

    private func key(_ civil: CivilSeconds, _ master: EntryTiming, _ zones: ZoneTable) -> String {
        let isDate = master.start.isDate
        return Self.key(isDate ? civil : CivilSeconds(zones.utc(civil, master.start.zone)), isDate: isDate)
    }

    private static func key(_ moment: CivilSeconds, isDate: Bool) -> String {
        moment.basicFormat(isDate: isDate) + (isDate ? "" : "Z")
    }

    private func occurrence(_ entry: EntryTiming, id: String, _ zones: ZoneTable) -> Occurrence {
        Occurrence(
            id: id, start: entry.utcStart(zones), end: entry.utcEnd(from: entry.start.civil, zones), entry: entry)
    }

    /// An occurrence after one that was changed together with all that follow (RANGE=THISANDFUTURE).
    private func shifted(_ change: EntryTiming, by seconds: Int64, id: String, _ zones: ZoneTable) -> Occurrence {
        let civil = CivilSeconds(change.start.civil.value + seconds)
        return Occurrence(
            id: id, start: zones.utc(civil, change.start.zone), end: change.utcEnd(from: civil, zones), entry: change)
    }

    /// The starts of the series as written, without exceptions, those that may matter in the window.
    private func starts(
        of master: EntryTiming, in window: Range<Int64>, _ ranged: [(from: CivilSeconds, entry: EntryTiming)],
        zones: ZoneTable, recurrence: inout Recurrence, found: inout Found
    ) -> [(CivilSeconds, seconds: Int64?)] {
        let day: Int64 = 86_400
        // Changed occurrences lie this far from where they were.
        let shift = ranged.map { abs($0.entry.start.civil.value - $0.from.value) }.max() ?? 0
        let longest = ([master] + ranged.map(\.entry)).map { $0.days * day + $0.seconds }.max() ?? 0
        let reach = min(shift, 366 * day) + day
        let lower = CivilSeconds(window.lowerBound - longest - reach)
        let upper = CivilSeconds(window.upperBound + reach)
        guard lower <= upper else { return [] }

        var starts: [CivilSeconds: Int64?] = [:]
        if (lower...upper).contains(master.start.civil) { starts[master.start.civil] = .some(nil) }
        for rule in master.rules {
            do {
                for civil in try recurrence.starts(of: rule, from: master.start, in: lower...upper, zones: zones) {
                    starts[civil] = .some(nil)
                }
            } catch {
                if case .tooMany = error { found.hasMore = true }
                found.complaints.append((master, Self.text(of: error)))
            }
        }
        for date in master.dates {
            let civil = onClock(of: master, date.start, zones)
            if (lower...upper).contains(civil) { starts[civil] = .some(date.seconds) }
        }
        for rule in master.exclusionRules {
            do {
                for civil in try recurrence.starts(of: rule, from: master.start, in: lower...upper, zones: zones) {
                    starts[civil] = nil
                }
            } catch .tooMany {
                found.hasMore = true
            } catch {
                // A rule that means nothing excludes nothing.
            }
        }
        let (days, times) = exclusions(of: master, zones)
        return starts.filter { !times.contains($0.key) && !days.contains($0.key.day) }
            .map { ($0.key, seconds: $0.value) }.sorted { $0.0 < $1.0 }
    }

    private func exclusions(of master: EntryTiming, _ zones: ZoneTable) -> (days: Set<Int64>, times: Set<CivilSeconds>)
    {
        var days: Set<Int64> = []
        var times: Set<CivilSeconds> = []
        for moment in master.exclusions {
            if moment.isDate || master.start.isDate {
                days.insert(moment.civil.day)
            } else {
                times.insert(onClock(of: master, moment, zones))
            }
        }
        return (days, times)
    }

    /// A moment as the series' own clock shows it.
    private func onClock(of master: EntryTiming, _ moment: EntryTiming.Moment, _ zones: ZoneTable) -> CivilSeconds {
        if moment.isDate, !master.start.isDate {
            return CivilSeconds(moment.civil.value + master.start.civil.value - master.start.civil.day * 86_400)
        }
        if master.start.isDate { return CivilSeconds(moment.civil.day * 86_400) }
        guard moment.zone != master.start.zone, moment.zone != .floating else { return moment.civil }
        return zones.civil(atUTC: zones.utc(moment.civil, moment.zone), master.start.zone)
    }

    private static func touches(_ window: Range<Int64>, _ start: Int64, _ end: Int64) -> Bool {
        start < window.upperBound && (end > window.lowerBound || start >= window.lowerBound)
    }

    private static func text(of failure: Recurrence.Failure) -> String {
        switch failure {
        case .unusable(let text): "\(text); only the first meeting is shown"
        case .tooMany: "the calendar's rules have too many dates; some meetings of this one are missing"
        }
    }
}

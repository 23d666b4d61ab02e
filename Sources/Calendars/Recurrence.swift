import CICal

/// Lists the dates of a recurrence rule (RFC 5545 §3.3.10) in a window, within a budget of steps and processor time.
/// To be used on one thread.
struct Recurrence {
    enum Failure: Error {
        /// The rule cannot be used; the text says why.
        case unusable(String)
        case tooMany
    }

    private let limits: ICalendarLimits
    /// Of all rules, without those of the share under way.
    private var stepsInStore: Int
    /// On `WorkClock`.
    private let end: Duration
    /// Of the share under way.
    private var stepsLeft = 0
    private var deadline: Duration

    init(_ limits: ICalendarLimits) {
        self.limits = limits
        stepsInStore = limits.recurrenceSteps
        end = WorkClock.now + limits.recurrenceTime
        deadline = end
    }

    /// What follows has its own share of the work: somebody else's rules, however wild, do not use it up.
    /// - Parameter count: how many such shares all of it is divided into, or in the last round what is left.
    mutating func beginShare(among count: Int, isLast: Bool) {
        stepsInStore += stepsLeft
        let now = WorkClock.now
        let steps = isLast ? stepsInStore : limits.recurrenceSteps
        stepsLeft = min(max(steps / count, 1), stepsInStore)
        stepsInStore -= stepsLeft
        deadline = min(end, now + (isLast ? end - now : limits.recurrenceTime) / count)
    }

    /// The wall-clock starts in `window`, as the rule gives them.
    mutating func starts(
        of rule: String, from start: EntryTiming.Moment, in window: ClosedRange<CivilSeconds>, zones: ZoneTable
    ) throws(Failure) -> [CivilSeconds] {
        guard stepsLeft > 0, WorkClock.now < deadline else { throw .tooMany }
        var parsed = icalrecurrencetype_from_string(rule)
        guard parsed.freq != ICAL_NO_RECURRENCE else { throw .unusable("the rule “\(rule.prefix(60))” is none") }
        try check(rule, &parsed)
        let until = try self.until(parsed, start, zones)
        let counts = parsed.count > 0
        // A rule with COUNT must be walked through from its first date.
        let maySkip: Int32 = !counts && parsed.freq != ICAL_HOURLY_RECURRENCE ? 1 : 0
        guard
            let iterator = cical_iterator(
                &parsed, start.civil.libical(isDate: start.isDate),
                window.lowerBound.libical(isDate: start.isDate), maySkip)
        else { return [] }
        defer { icalrecur_iterator_free(iterator) }
        var found: [CivilSeconds] = []
        // DTSTART counts as the first, also where the rule does not give it.
        var left = counts ? Int(parsed.count) : .max
        var isFirst = true
        while left > 0 {
            let time = icalrecur_iterator_next(iterator)
            stepsLeft -= 1
            guard icaltime_is_null_time(time) == 0 else { return found }
            let civil = CivilSeconds(time)
            if isFirst, civil != start.civil { left -= 1 }
            isFirst = false
            left -= 1
            guard left >= 0 else { break }
            if civil > window.upperBound { return found }
            if let until, civil > until { return found }
            if civil >= window.lowerBound, civil >= start.civil { found.append(civil) }
            guard stepsLeft > 0, stepsLeft & 0xF != 0 || WorkClock.now < deadline else { throw .tooMany }
        }
        return found
    }

    /// Lets only rules through that libical walks through in bounded time.
    private func check(_ rule: String, _ parsed: inout icalrecurrencetype) throws(Failure) {
        if let calendar = rule.uppercased().firstRange(of: "RSCALE=") {
            guard rule.uppercased()[calendar.upperBound...].hasPrefix("GREGORIAN") else {
                throw .unusable("rules in another calendar than the Gregorian are not supported")
            }
        }
        switch parsed.freq {
        case ICAL_SECONDLY_RECURRENCE, ICAL_MINUTELY_RECURRENCE:
            throw .unusable("a meeting every minute or second is not supported")
        case ICAL_HOURLY_RECURRENCE where cical_picks_dates(&parsed) != 0:
            throw .unusable("an hourly rule on certain dates is not supported")
        default: break
        }
        if cical_has_dates(&parsed) == 0 { throw .unusable("the rule “\(rule.prefix(60))” has no dates") }
    }

    /// The last wall-clock start that UNTIL allows. It is given in UTC where DTSTART has a zone.
    private func until(
        _ rule: icalrecurrencetype, _ start: EntryTiming.Moment, _ zones: ZoneTable
    ) throws(Failure) -> CivilSeconds? {
        guard icaltime_is_null_time(rule.until) == 0 else { return nil }
        let written = CivilSeconds(rule.until)
        if rule.until.is_date != 0 { return CivilSeconds(written.value + 86_399) }
        if cical_is_utc(rule.until) != 0 { return zones.civil(atUTC: written.value, start.zone) }
        return written
    }
}

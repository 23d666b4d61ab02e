import Base
import CICal

/// When an entry takes place: what is read of every entry, before it is known whether it matters.
struct EntryTiming {
    /// A date or a date and time, as written.
    struct Moment: Hashable {
        var civil: CivilSeconds
        var zone: ZoneTable.Zone
        var isDate: Bool
    }

    var index: Int
    var uid = ""
    var sequence = 0
    var recurrenceID: Moment?
    /// The override also holds for all later occurrences (RANGE=THISANDFUTURE).
    var isRanged = false
    var start: Moment
    /// Whole days on the wall clock, then exact seconds.
    var days: Int64 = 0
    var seconds: Int64 = 0
    var rules: [String] = []
    var exclusionRules: [String] = []
    var dates: [(start: Moment, seconds: Int64?)] = []
    var exclusions: [Moment] = []
    var isCancelled = false
    var isAllDay = false

    var isSeries: Bool { !rules.isEmpty || !dates.isEmpty }

    func utcStart(_ zones: ZoneTable) -> Int64 {
        zones.utc(start.civil, start.zone)
    }

    /// The end of an occurrence that starts at `civil`.
    func utcEnd(from civil: CivilSeconds, _ zones: ZoneTable, seconds: Int64? = nil) -> Int64 {
        zones.utc(CivilSeconds(civil.value + days * 86_400), start.zone) + (seconds ?? self.seconds)
    }
}

/// Reads `EntryTiming`s of a calendar and collects what is wrong with them.
struct TimingReader {
    let zones: ZoneTable
    /// A start after it is a slip of somebody's, which libical reads without a word. The far past is no slip: birthdays
    /// without a year stand in 1604.
    static let lastYear = 3000

    private(set) var complaints: [(property: String, text: String)] = []

    init(zones: ZoneTable) {
        self.zones = zones
    }

    mutating func takeComplaints() -> [(property: String, text: String)] {
        defer { complaints = [] }
        return complaints
    }

    /// Nil without a usable DTSTART.
    mutating func timing(of component: borrowing Component, index: Int) -> EntryTiming? {
        var start: EntryTiming.Moment?
        var end: EntryTiming.Moment?
        var duration: icaldurationtype?
        var timing = EntryTiming(
            index: index, start: EntryTiming.Moment(civil: CivilSeconds(0), zone: .utc, isDate: false))
        var broken: [String] = []
        var title = ""
        component.forEachProperty { property in
            let pointer = property.pointer
            switch property.kind {
            case ICAL_UID_PROPERTY: timing.uid = property.value
            case ICAL_SUMMARY_PROPERTY: title = property.value
            case ICAL_SEQUENCE_PROPERTY: timing.sequence = Int(icalproperty_get_sequence(pointer))
            case ICAL_STATUS_PROPERTY: timing.isCancelled = property.value.uppercased() == "CANCELLED"
            case ICAL_DTSTART_PROPERTY: start = moment(icalproperty_get_dtstart(pointer), property)
            case ICAL_DTEND_PROPERTY: end = moment(icalproperty_get_dtend(pointer), property)
            case ICAL_DURATION_PROPERTY: duration = icalproperty_get_duration(pointer)
            case ICAL_RECURRENCEID_PROPERTY:
                timing.recurrenceID = moment(icalproperty_get_recurrenceid(pointer), property)
                timing.isRanged = cical_is_this_and_future(pointer) != 0
            case ICAL_RRULE_PROPERTY: timing.rules.append(property.value)
            case ICAL_EXRULE_PROPERTY: timing.exclusionRules.append(property.value)
            case ICAL_EXDATE_PROPERTY:
                if let date = moment(icalproperty_get_exdate(pointer), property) { timing.exclusions.append(date) }
            case ICAL_RDATE_PROPERTY: timing.dates += dates(icalproperty_get_rdate(pointer), property)
            case ICAL_X_PROPERTY:
                if property.name == "X-MICROSOFT-CDO-ALLDAYEVENT" {
                    timing.isAllDay = property.value.uppercased() == "TRUE"
                }
            case ICAL_XLICERROR_PROPERTY: broken.append(property.value)
            default: break
            }
        }
        complain(of: broken)
        guard let start else {
            complaints.append(("DTSTART", "expected a DTSTART with a date or a date and time; the entry is left out"))
            return nil
        }
        let year = start.civil.fields.year
        guard year <= Self.lastYear else {
            let text =
                "expected a DTSTART up to the year \(Self.lastYear), but got the year \(year); the entry is left out"
            complaints.append(("DTSTART", text))
            return nil
        }
        timing.start = start
        timing.isAllDay = timing.isAllDay || start.isDate
        if timing.uid.isEmpty { timing.uid = "no-uid:\(start.civil.basicFormat(isDate: start.isDate)):\(title)" }
        setLength(&timing, end: end, duration: duration)
        return timing
    }

    private func setLength(_ timing: inout EntryTiming, end: EntryTiming.Moment?, duration: icaldurationtype?) {
        let start = timing.start
        if let end {
            if start.isDate, end.isDate {
                timing.days = max(1, end.civil.day - start.civil.day)
            } else {
                let seconds = zones.utc(end.civil, end.zone) - zones.utc(start.civil, start.zone)
                timing.seconds = max(0, seconds)
            }
        } else if let duration, duration.is_neg == 0 {
            timing.days = Int64(duration.days) + Int64(duration.weeks) * 7
            timing.seconds = Int64(duration.hours) * 3600 + Int64(duration.minutes) * 60 + Int64(duration.seconds)
            if start.isDate, timing.days == 0, timing.seconds == 0 { timing.days = 1 }
        } else if start.isDate {
            timing.days = 1
        }
        // A century is no meeting; and sums stay far from overflow.
        timing.days = min(timing.days, 36_500)
        timing.seconds = min(timing.seconds, 36_500 * 86_400)
    }

    // MARK: - Values

    private mutating func moment(_ time: icaltimetype, _ property: Property) -> EntryTiming.Moment? {
        guard icaltime_is_null_time(time) == 0, icaltime_is_valid_time(time) != 0,
            (1...12).contains(time.month), (1...31).contains(time.day)
        else { return nil }
        let isDate = time.is_date != 0
        return EntryTiming.Moment(civil: CivilSeconds(time), zone: zone(of: time, property), isDate: isDate)
    }

    private mutating func zone(of time: icaltimetype, _ property: Property) -> ZoneTable.Zone {
        if time.is_date != 0 { return .floating }
        if cical_is_utc(time) != 0 { return .utc }
        guard let name = property.timeZone else { return .floating }
        if let zone = zones.zone(name) { return zone }
        complaints.append(
            (property.name, "the time zone “\(name.prefix(60))” is unknown; the room's own is taken in its place"))
        return .floating
    }

    private mutating func dates(
        _ value: icaldatetimeperiodtype, _ property: Property
    ) -> [(start: EntryTiming.Moment, seconds: Int64?)] {
        if icaltime_is_null_time(value.time) == 0 {
            return moment(value.time, property).map { [($0, nil)] } ?? []
        }
        guard let start = moment(value.period.start, property) else { return [] }
        if let end = moment(value.period.end, property) {
            return [(start, max(0, zones.utc(end.civil, end.zone) - zones.utc(start.civil, start.zone)))]
        }
        let length = value.period.duration
        guard length.is_neg == 0 else { return [(start, 0)] }
        let days = Int64(length.days) + Int64(length.weeks) * 7
        let seconds = Int64(length.hours) * 3600 + Int64(length.minutes) * 60 + Int64(length.seconds)
        return [(start, min(days, 36_500) * 86_400 + seconds)]
    }

    /// What libical could not read matters only where it changes when the entry takes place.
    private mutating func complain(of broken: [String]) {
        let timed = ["DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID"]
        for text in broken {
            guard let name = timed.first(where: { text.contains("in \($0) property") }) else { continue }
            let got = text.split(separator: ": ").last ?? ""
            let expected = text.firstRange(of: " as ").flatMap { mark in
                text[mark.upperBound...].firstRange(of: " value").map { text[mark.upperBound..<$0.lowerBound] }
            }
            complaints.append(
                (name, "expected a \(expected ?? "valid") value in \(name), but got “\(got.prefix(60))”"))
        }
    }
}

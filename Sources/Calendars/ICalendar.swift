public import Base
import CICal
public import Scheduling

/// iCalendar text (RFC 5545) to the events of a window, through libical: recurrences expanded, exceptions applied,
/// times in UTC.
public struct ICalendar: Sendable {
    /// What is read into the events besides the text.
    public struct Settings: Sendable {
        /// IANA name of the room's time zone: where times without a zone and whole days are.
        public var zone: String
        /// The room's mailbox, in any case, with or without `mailto:`.
        public var address: String?
        public var rules: LinkRules
        public var limits = ICalendarLimits()

        /// - Throws: `CalendarError.invalidSetting` for a zone that the system's database does not have.
        public init(zone: String, address: String? = nil, rules: LinkRules) throws(CalendarError) {
            guard LibICal.run({ ZoneTable.isKnown(zone) }) else {
                throw .invalidSetting(
                    "the time zone “\(zone)” is unknown; expected a name of the IANA database, such as Europe/Berlin")
            }
            self.zone = zone
            self.address = address
            self.rules = rules
        }
    }

    /// What a text gave.
    public struct Reading: Hashable, Sendable {
        /// In the order of their starts.
        public var events: [CalendarEvent]
        /// Of entries that could not be read, or only in part.
        public var problems: [CalendarProblem]
        /// All entries of the text, also those outside the window.
        public var entries: Int
        /// Of which this many could not be read…
        public var leftOut: Int
        /// … and this many only in part.
        public var readInPart: Int
        /// The text ends in the middle: somebody may be writing it just now.
        public var isTruncated: Bool
    }

    private let settings: Settings

    public init(_ settings: Settings) {
        self.settings = settings
    }

    /// - Parameters:
    ///   - window: events that overlap it are listed.
    ///   - now: what has ended by then is left out first when there is too much; nil: the window's begin.
    public func read(
        _ bytes: [UInt8], in window: Range<UTCTime>, at now: UTCTime? = nil
    ) throws(CalendarError) -> Reading {
        let text = try ICalendarText(bytes, limits: settings.limits)
        return try LibICal.run { () throws(CalendarError) in
            guard let zones = ZoneTable(room: settings.zone) else {
                throw .invalidSetting("the time zone “\(settings.zone)” is unknown")
            }
            var pass = Pass(text: text, settings: settings, zones: zones, window: window, now: now ?? window.lowerBound)
            return pass.read()
        }
    }
}

extension ICalendar {
    /// One reading of one text. Under `LibICal`'s lock.
    private struct Pass {
        var text: ICalendarText
        let settings: Settings
        let zones: ZoneTable
        let window: Range<UTCTime>
        let now: UTCTime

        mutating func read() -> Reading {
            for zone in text.zones { zones.define(text.text(of: zone)) }
            let (series, order) = collect()
            var crowd = Crowd(settings.limits, at: Self.seconds(now))
            var recurrence = Recurrence(settings.limits)
            var complaints: [(EntryTiming, String)] = []
            // Whose rules need more than their share of the work come again, for what the others have left.
            var waiting = order
            let rules = order.count { series[$0]?.hasRules == true }
            for isLast in [false, true] {
                var again: [String] = []
                for (index, uid) in waiting.enumerated() {
                    guard let one = series[uid] else { continue }
                    if one.hasRules {
                        recurrence.beginShare(among: isLast ? waiting.count - index : rules, isLast: isLast)
                    }
                    let found = one.occurrences(
                        in: Self.seconds(window.lowerBound)..<Self.seconds(window.upperBound), at: Self.seconds(now),
                        zones: zones, recurrence: &recurrence, limit: settings.limits.occurrencesOfOne)
                    if found.hasMore, !isLast {
                        again.append(uid)
                        continue
                    }
                    complaints += found.complaints
                    crowd.add(found.occurrences)
                }
                waiting = again
            }
            let found = crowd.finish()
            if let complaint = crowd.complaint { text.report(1, complaint, settings.limits) }
            for (timing, complaint) in complaints {
                let entry = text.events[timing.index]
                report(complaint, "RRULE", of: entry, .readInPart(entry: entry.line))
            }
            return Reading(
                events: events(found), problems: text.problems, entries: text.eventCount, leftOut: text.leftOutCount,
                readInPart: text.readInPartCount, isTruncated: text.isTruncated)
        }

        private static func seconds(_ time: UTCTime) -> Int64 {
            time.milliseconds.flooredQuotient(dividingBy: 1000)
        }

        /// The entries that may matter, by UID, and the UIDs in the order of the text.
        private mutating func collect() -> ([String: Series], order: [String]) {
            let day: Int64 = 86_400
            let first = CivilSeconds(window.lowerBound.milliseconds / 1000 - 2 * day).dayNumber
            let last = CivilSeconds(window.upperBound.milliseconds / 1000 + 2 * day).dayNumber
            var series: [String: Series] = [:]
            var order: [String] = []
            var reader = TimingReader(zones: zones)
            var count = 0
            for (index, entry) in text.events.enumerated() {
                guard Self.matters(entry, first, last), Self.isMeeting(entry.method) else { continue }
                count += 1
                guard count <= settings.limits.entries else {
                    text.report(
                        entry.line, "more than \(settings.limits.entries) entries; from here on they are left out",
                        settings.limits)
                    break
                }
                guard let component = Component(text: text.text(of: entry)) else {
                    text.report(
                        entry.line, "this VEVENT cannot be read; it is left out", settings.limits,
                        .leftOut(entry: entry.line))
                    continue
                }
                var timing = reader.timing(of: component, index: index)
                let effect: CalendarProblem.Effect =
                    timing == nil ? .leftOut(entry: entry.line) : .readInPart(entry: entry.line)
                for complaint in reader.takeComplaints() {
                    report(complaint.text, complaint.property, of: entry, effect)
                }
                if entry.method == "CANCEL" { timing?.isCancelled = true }
                guard let timing else { continue }
                if series[timing.uid] == nil { order.append(timing.uid) }
                series[timing.uid, default: Series()].add(timing)
            }
            return (series, order)
        }

        private static func matters(_ entry: ICalendarText.Entry, _ first: Int, _ last: Int) -> Bool {
            guard !entry.needsReading, let begins = entry.firstDay else { return true }
            return begins <= last && (entry.lastDay ?? begins) >= first
        }

        /// Answers and queries about a meeting (RFC 5546) are not meetings.
        private static func isMeeting(_ method: String) -> Bool {
            !["REPLY", "REFRESH", "COUNTER", "DECLINECOUNTER"].contains(method)
        }

        private mutating func report(
            _ complaint: String, _ property: String, of entry: ICalendarText.Entry, _ effect: CalendarProblem.Effect
        ) {
            text.report(text.line(of: property, in: entry), complaint, settings.limits, effect)
        }

        private func events(_ found: [Series.Occurrence]) -> [CalendarEvent] {
            let finder = LinkFinder(rules: settings.rules)
            let address = settings.address.flatMap(EntryDetails.mailbox)
            var details: [Int: EntryDetails] = [:]
            let events = found.map { occurrence in
                let index = occurrence.entry.index
                if details[index] == nil, let component = Component(text: text.text(of: text.events[index])) {
                    details[index] = EntryDetails(component, address: address, finder: finder)
                }
                let entry = details[index]
                return CalendarEvent(
                    id: occurrence.id, title: entry?.title ?? "", start: UTCTime(seconds: occurrence.start),
                    end: UTCTime(seconds: occurrence.end), isAllDay: occurrence.entry.isAllDay,
                    status: occurrence.entry.isCancelled ? .cancelled : entry?.status ?? .confirmed,
                    organizer: entry?.organizer, participation: entry?.participation, link: entry?.link ?? .none)
            }
            return events.sorted { $0.start == $1.start ? $0.id < $1.id : $0.start < $1.start }
        }
    }
}

import Base
import Calendars
import Scheduling

extension Boundary {
    private static let window =
        UTCTime(seconds: 1_772_323_200)..<UTCTime(seconds: 1_772_323_200 + 15 * 86_400)  // 1 to 16 March 2026

    private static let reader: ICalendar = {
        let service = LinkRules.Service(
            name: "corp", origin: Origin(scheme: "janus+wss", host: "sfu.example.org", port: 8989))
        do {
            var settings = try ICalendar.Settings(
                zone: "Europe/Berlin", address: "room@example.org", rules: LinkRules(services: [service]))
            // Small: what is tried is the reading, not the patience.
            settings.limits.recurrenceSteps = 300
            settings.limits.expansions = 200
            settings.limits.occurrences = 100
            settings.limits.occurrencesOfOne = 50
            settings.limits.recurrenceTime = .milliseconds(50)
            settings.limits.entries = 100
            return ICalendar(settings)
        } catch {
            fatalError("no reader: \(error)")
        }
    }()

    /// One iCalendar text.
    static func takeCalendar(_ input: [UInt8]) throws(BrokenPromise) {
        guard let reading = try? reader.read(input, in: window) else { return }
        try promise(reading.events.count <= 100, "\(reading.events.count) meetings, 100 are allowed")
        try promise(reading.problems.count <= 52, "\(reading.problems.count) problems are told")
        for (event, next) in zip(reading.events, reading.events.dropFirst()) {
            try promise(event.start <= next.start, "\(event.id) is before \(next.id), but starts later")
        }
        for event in reading.events {
            try promise(event.start <= event.end, "\(event.id) ends before it starts: \(event)")
            try promise(
                event.start < window.upperBound && event.end >= window.lowerBound,
                "\(event.id) is not asked for: \(event)")
        }
    }
}

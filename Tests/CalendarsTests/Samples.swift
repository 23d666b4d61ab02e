import Base
import Calendars
import Scheduling
import Testing

let corporate = LinkRules(services: [
    .init(name: "corp", origin: Origin(scheme: "janus+wss", host: "sfu.example.org", port: 8989))
])

/// A calendar object around `body`, with the line ends of RFC 5545.
func calendar(_ body: String, header: String = "PRODID:-//test//EN\n") -> [UInt8] {
    let text = "BEGIN:VCALENDAR\nVERSION:2.0\n\(header)\(body)\nEND:VCALENDAR\n"
    return Array(text.replacing("\n", with: "\r\n").utf8)
}

func event(_ lines: String) -> String {
    "BEGIN:VEVENT\n\(lines)\nEND:VEVENT"
}

func time(_ text: String) -> UTCTime {
    guard let time = UTCTime(rfc3339: text.contains("T") ? text + ":00Z" : text + "T00:00:00Z") else {
        preconditionFailure("no time: \(text)")
    }
    return time
}

/// Reads in 2026, all of it unless told otherwise, in a room in Berlin.
func read(
    _ bytes: [UInt8], from: String = "2026-01-01", to: String = "2027-01-01", zone: String = "Europe/Berlin",
    address: String? = "Room@Example.ORG", limits: ICalendarLimits = ICalendarLimits()
) throws -> ICalendar.Reading {
    var settings = try ICalendar.Settings(zone: zone, address: address, rules: corporate)
    settings.limits = limits
    return try ICalendar(settings).read(bytes, in: time(from)..<time(to))
}

/// `2026-03-29T08:00` of every event, in UTC.
func starts(_ reading: ICalendar.Reading) -> [String] {
    reading.events.map { String($0.start.description.prefix(16)) }
}

func minutes(_ event: CalendarEvent) -> Double {
    (event.end - event.start).inSeconds / 60
}

import Base
import CLinux
import Glibc

/// Civil time in the room's zone, for people. The zone is the process's: there is only one room.
enum LocalTime {
    /// Makes a zone the process's own. Call once, before any thread reads it.
    /// - Parameter zone: an IANA name; nil keeps the system's.
    static func useZone(_ zone: String?) {
        if let zone { setenv("TZ", zone, 1) }
        tzset()
    }

    /// The name of the system's zone, for a configuration that names none.
    static var systemZone: String {
        var buffer = [CChar](repeating: 0, count: 256)
        let count = readlink("/etc/localtime", &buffer, buffer.count - 1)
        guard count > 0 else { return "UTC" }
        let path = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let mark = path.firstRange(of: "zoneinfo/") else { return "UTC" }
        return String(path[mark.upperBound...])
    }

    private static func broken(_ time: UTCTime) -> tm {
        var seconds = time_t(time.milliseconds / 1000)
        var result = tm()
        localtime_r(&seconds, &result)
        return result
    }

    /// Whether a language tag's primary subtag says so: `de`, `de-AT`, but not `den`.
    static func isGerman(_ language: String) -> Bool {
        language.lowercased().prefix { $0 != "-" && $0 != "_" } == "de"
    }

    /// "13:48".
    static func clock(_ time: UTCTime) -> String {
        let parts = broken(time)
        return pad(parts.tm_hour) + ":" + pad(parts.tm_min)
    }

    /// "Sunday, 22 November".
    static func date(_ time: UTCTime, language: String) -> String {
        let parts = broken(time)
        let isGerman = isGerman(language)
        let days =
            isGerman
            ? ["Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"]
            : ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
        let months =
            isGerman
            ? [
                "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
                "November", "Dezember",
            ]
            : [
                "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                "November", "December",
            ]
        let day = days[Int(parts.tm_wday) % 7]
        let month = months[Int(parts.tm_mon) % 12]
        return isGerman ? "\(day), \(parts.tm_mday). \(month)" : "\(day), \(parts.tm_mday) \(month)"
    }

    /// Whether two instants lie on one day here.
    static func isSameDay(_ one: UTCTime, _ other: UTCTime) -> Bool {
        let (left, right) = (broken(one), broken(other))
        return left.tm_year == right.tm_year && left.tm_yday == right.tm_yday
    }

    /// The start of an instant's day here.
    static func startOfDay(_ time: UTCTime) -> UTCTime {
        var parts = broken(time)
        parts.tm_hour = 0
        parts.tm_min = 0
        parts.tm_sec = 0
        parts.tm_isdst = -1
        return UTCTime(seconds: Int64(mktime(&parts)))
    }

    private static func pad(_ number: Int32) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}

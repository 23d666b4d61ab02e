import Base
import Glibc

/// Instants as people read them, always with their time zone.
struct LocalTime: Sendable {
    /// Broken-down local time: weekday 0…6 from Sunday, day of the month, month, hour, minute, the zone's name at that time.
    typealias Parts = (weekday: Int, day: Int, month: Int, hour: Int, minute: Int, zone: String)

    /// False: the room's zone is not known, so times are those of this machine.
    let isOfRoom: Bool
    /// The time zone, as a function: the room's, this machine's, or a test's.
    let parts: @Sendable (UTCTime) -> Parts

    /// This machine's time zone (TZ, /etc/localtime), unless `ofRoom` was called.
    static let machine = LocalTime(isOfRoom: false, parts: broken)

    /// From now on this program tells the time of a zone.
    /// - Parameter zone: an IANA name, as the daemon gives it; nil when it does not.
    /// - Returns: the machine's time when there is no such zone in the machine's time zone database: glibc would take it for UTC.
    static func ofRoom(_ zone: String?) -> LocalTime {
        guard let zone, isName(zone), access(database + "/" + zone, R_OK) == 0 else { return machine }
        // Nothing else runs in this program that could read the environment meanwhile.
        setenv("TZ", zone, 1)
        tzset()
        return LocalTime(isOfRoom: true, parts: broken)
    }

    private static let database = "/usr/share/zoneinfo"

    /// Whether a text may be part of a path: `Europe/Berlin`, `Etc/GMT+5`, but not `../../etc/shadow`.
    static func isName(_ zone: String) -> Bool {
        guard let first = zone.utf8.first, first != UInt8(ascii: "/"), zone.utf8.count <= 64 else { return false }
        return zone.unicodeScalars.allSatisfy {
            $0.isASCII && ($0.properties.isAlphabetic || "0123456789_+-/".unicodeScalars.contains($0))
        }
    }

    @Sendable private static func broken(_ time: UTCTime) -> Parts {
        var seconds = time_t(time.milliseconds.flooredQuotient(dividingBy: 1000))
        var broken = tm()
        localtime_r(&seconds, &broken)
        let zone = broken.tm_zone.map { String(cString: $0) } ?? ""
        // Zones without letters are called by their distance from UTC: "+03".
        let name = zone.first.map { "+-".contains($0) } == true ? "UTC" + zone : zone
        return (
            Int(broken.tm_wday), Int(broken.tm_mday), Int(broken.tm_mon) + 1, Int(broken.tm_hour), Int(broken.tm_min),
            name
        )
    }

    /// `Mon 30 Mar 09:00 CEST`.
    func instant(_ time: UTCTime) -> String {
        "\(dayAndTime(time)) \(parts(time).zone)"
    }

    /// `Mon 30 Mar 09:00–10:00 CEST`; with both days where it takes longer than one.
    func span(_ start: UTCTime, _ end: UTCTime) -> String {
        guard end - start < .seconds(86_400), start <= end else { return "\(instant(start)) – \(instant(end))" }
        return "\(dayAndTime(start))–\(clock(end)) \(parts(end).zone)"
    }

    /// `09:00:35`.
    func exactClock(_ time: UTCTime) -> String {
        let seconds = Int(
            time.milliseconds.flooredQuotient(dividingBy: 1000) - 60
                * time.milliseconds.flooredQuotient(dividingBy: 60_000))
        return "\(clock(time)):\(seconds < 10 ? "0" : "")\(seconds)"
    }

    private func dayAndTime(_ time: UTCTime) -> String {
        let read = parts(time)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(days[read.weekday]) \(read.day) \(months[read.month - 1]) \(clock(time))"
    }

    private func clock(_ time: UTCTime) -> String {
        let read = parts(time)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(read.hour)):\(two(read.minute))"
    }
}

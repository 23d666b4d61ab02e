import Base
import Glibc

/// Instants as people in front of this terminal read them.
struct LocalTime: Sendable {
    /// Broken-down local time: weekday 0…6 from Sunday, day of the month, month, hour, minute.
    typealias Parts = (weekday: Int, day: Int, month: Int, hour: Int, minute: Int)

    /// The time zone, as a function: the terminal's, or a test's.
    let parts: @Sendable (UTCTime) -> Parts

    /// The terminal's time zone (TZ, /etc/localtime).
    static let terminal = LocalTime { time in
        var seconds = time_t(time.milliseconds / 1000)
        var broken = tm()
        localtime_r(&seconds, &broken)
        return (
            Int(broken.tm_wday), Int(broken.tm_mday), Int(broken.tm_mon) + 1, Int(broken.tm_hour), Int(broken.tm_min)
        )
    }

    /// `Mon 30 Mar 09:00`.
    func dayAndTime(_ time: UTCTime) -> String {
        let read = parts(time)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(days[read.weekday]) \(read.day) \(months[read.month - 1]) \(clock(time))"
    }

    /// `09:00`.
    func clock(_ time: UTCTime) -> String {
        let read = parts(time)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(read.hour)):\(two(read.minute))"
    }
}

import Base
import CICal

/// A wall clock's reading: seconds since 1970-01-01T00:00:00 on that clock, whatever its zone.
struct CivilSeconds: Hashable, Comparable {
    var value: Int64

    init(_ value: Int64) {
        self.value = value
    }

    init(_ time: icaltimetype) {
        let days = CivilDate.daysSinceEpoch(year: Int64(time.year), month: Int(time.month), day: Int(time.day))
        let ofDay = time.is_date != 0 ? 0 : Int64(time.hour) * 3600 + Int64(time.minute) * 60 + Int64(time.second)
        value = days * 86_400 + ofDay
    }

    static func < (left: CivilSeconds, right: CivilSeconds) -> Bool {
        left.value < right.value
    }

    var day: Int64 { value.flooredQuotient(dividingBy: 86_400) }

    struct Fields {
        var year, month, day, hour, minute, second: Int32
    }

    var fields: Fields {
        let (year, month, day) = CivilDate.fromDaysSinceEpoch(day)
        let ofDay = value - self.day * 86_400
        return Fields(
            year: Int32(clamping: year), month: Int32(month), day: Int32(day), hour: Int32(ofDay / 3600),
            minute: Int32(ofDay / 60 % 60), second: Int32(ofDay % 60))
    }

    func libical(isDate: Bool) -> icaltimetype {
        let fields = fields
        var time = icaltime_null_time()
        time.year = fields.year
        time.month = fields.month
        time.day = fields.day
        time.is_date = isDate ? 1 : 0
        if !isDate {
            time.hour = fields.hour
            time.minute = fields.minute
            time.second = fields.second
        }
        return time
    }

    /// `yyyymmdd`.
    var dayNumber: Int {
        let fields = fields
        return Int(fields.year) * 10_000 + Int(fields.month) * 100 + Int(fields.day)
    }

    /// RFC 5545 basic format, without a zone: `20260329T080000`, or `20260329`.
    func basicFormat(isDate: Bool) -> String {
        let fields = fields
        let date = padded(Int64(dayNumber), 8)
        guard !isDate else { return date }
        return date + "T"
            + padded(Int64(fields.hour) * 10_000 + Int64(fields.minute) * 100 + Int64(fields.second), 6)
    }

    private func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// A point in civil time: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// Only calendars and people need it; everything else runs on `Instant`.
public struct UTCTime: Hashable, Comparable, BitwiseCopyable, Sendable {
    public let milliseconds: Int64

    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    public init(seconds: Int64) {
        milliseconds = seconds * 1000
    }

    public static func < (left: UTCTime, right: UTCTime) -> Bool {
        left.milliseconds < right.milliseconds
    }

    public static func + (left: UTCTime, right: Duration) -> UTCTime {
        UTCTime(milliseconds: left.milliseconds + right.inNanoseconds / 1_000_000)
    }

    public static func - (left: UTCTime, right: Duration) -> UTCTime {
        left + (Duration.zero - right)
    }

    public static func - (left: UTCTime, right: UTCTime) -> Duration {
        .milliseconds(left.milliseconds - right.milliseconds)
    }
}

extension UTCTime: CustomStringConvertible {
    /// RFC 3339 with milliseconds, always in UTC: `2026-03-29T01:00:00.000Z`.
    public var description: String {
        let days = milliseconds.flooredQuotient(dividingBy: 86_400_000)
        let ofDay = milliseconds - days * 86_400_000
        let (year, month, day) = CivilDate.fromDaysSinceEpoch(days)
        return pad(year, 4) + "-" + pad(Int64(month), 2) + "-" + pad(Int64(day), 2) + "T"
            + pad(ofDay / 3_600_000, 2) + ":" + pad(ofDay / 60_000 % 60, 2) + ":" + pad(ofDay / 1000 % 60, 2)
            + "." + pad(ofDay % 1000, 3) + "Z"
    }

    /// Reads RFC 3339 with any offset and any number of fraction digits (digits past the third are cut off).
    /// - Returns: nil when the text is not a valid RFC 3339 instant.
    public init?(rfc3339 text: some StringProtocol) {
        var scanner = DigitScanner(Array(text.utf8))
        guard let year = scanner.number(digits: 4), scanner.skip("-"), let month = scanner.number(digits: 2),
            scanner.skip("-"), let day = scanner.number(digits: 2), scanner.skip("T") || scanner.skip("t"),
            let hour = scanner.number(digits: 2), scanner.skip(":"), let minute = scanner.number(digits: 2),
            scanner.skip(":"), let second = scanner.number(digits: 2),
            (1...12).contains(month), (1...CivilDate.daysInMonth(month, year: year)).contains(day),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var fraction = 0
        if scanner.skip(".") {
            guard let read = scanner.fractionInThousandths() else { return nil }
            fraction = read
        }
        var offsetMinutes = 0
        if scanner.skip("+") || scanner.peek("-") {
            let sign = scanner.skip("-") ? -1 : 1
            guard let hours = scanner.number(digits: 2), scanner.skip(":"), let minutes = scanner.number(digits: 2),
                hours < 24, minutes < 60
            else { return nil }
            offsetMinutes = sign * (hours * 60 + minutes)
        } else if !(scanner.skip("Z") || scanner.skip("z")) {
            return nil
        }
        guard scanner.isAtEnd else { return nil }
        let days = CivilDate.daysSinceEpoch(year: Int64(year), month: month, day: day)
        let seconds = days * 86_400 + Int64(hour * 3600 + (minute - offsetMinutes) * 60 + second)
        self.init(milliseconds: seconds * 1000 + Int64(fraction))
    }

    private func pad(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// Reads fixed-width decimal fields.
private struct DigitScanner {
    let bytes: [UInt8]
    var offset = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { offset == bytes.count }

    func peek(_ character: Character) -> Bool {
        offset < bytes.count && bytes[offset] == character.asciiValue
    }

    mutating func skip(_ character: Character) -> Bool {
        guard peek(character) else { return false }
        offset += 1
        return true
    }

    mutating func number(digits: Int) -> Int? {
        guard offset + digits <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[offset..<offset + digits] {
            guard (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        offset += digits
        return value
    }

    mutating func fractionInThousandths() -> Int? {
        var value = 0
        var count = 0
        while offset < bytes.count, (0x30...0x39).contains(bytes[offset]) {
            if count < 3 { value = value * 10 + Int(bytes[offset] - 0x30) }
            count += 1
            offset += 1
        }
        guard count > 0 else { return nil }
        for _ in min(count, 3)..<3 { value *= 10 }
        return value
    }
}

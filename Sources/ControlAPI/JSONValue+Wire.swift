import Base
import JSON

extension JSONValue {
    static func optional(_ text: String?) -> JSONValue {
        text.map { .string($0) } ?? .null
    }

    static func optional(_ time: UTCTime?) -> JSONValue {
        time.map { .instant($0) } ?? .null
    }

    static func instant(_ time: UTCTime) -> JSONValue {
        .string(time.description)
    }

    /// dBFS within −127…0, to a tenth: finer steps would be patches that nobody sees.
    static func level(_ decibels: Double) -> JSONValue {
        guard decibels.isFinite else { return .number(-127) }
        return .number((max(-127, min(0, decibels)) * 10).rounded() / 10)
    }
}

import Base
public import JSON

/// What a value was expected to be and what came instead.
public struct SchemaMismatch: Error, Hashable, Sendable, CustomStringConvertible {
    /// Dotted, from the value's root: `layers.0.width`; empty for the root itself.
    public let path: String
    public let expected: String
    public let came: String

    public var description: String {
        path.isEmpty ? "Expected \(expected), came \(came)." : "\(path): expected \(expected), came \(came)."
    }
}

extension Schema {
    /// Checks a value. The message repeats strings only where words were to choose from: others may be secrets.
    public func validate(_ value: JSONValue, at path: String = "") throws(SchemaMismatch) {
        func mismatch(_ came: String? = nil) -> SchemaMismatch {
            SchemaMismatch(path: path, expected: expectation, came: came ?? value.kind)
        }
        func below(_ name: some CustomStringConvertible) -> String {
            path.isEmpty ? "\(name)" : "\(path).\(name)"
        }
        switch self {
        case .any:
            return
        case .nullable(let inner):
            if value != .null { try inner.validate(value, at: path) }
        case .boolean:
            guard value.boolValue != nil else { throw mismatch() }
        case .integer(let range):
            guard let number = value.integerValue else { throw mismatch(value.numberText) }
            guard range.contains(number) else { throw mismatch("\(number)") }
        case .number(let range):
            guard let number = value.doubleValue else { throw mismatch() }
            guard range.contains(number) else { throw mismatch(value.numberText) }
        case .string(let range):
            guard let text = value.stringValue else { throw mismatch() }
            guard range.contains(text.utf8.count) else {
                throw mismatch(text.isEmpty ? "an empty string" : "\(text.utf8.count) bytes")
            }
        case .choice(let words):
            guard let text = value.stringValue else { throw mismatch() }
            guard words.contains(text) else { throw mismatch("\"\(text.shortened(to: 40))\"") }
        case .instant:
            guard let text = value.stringValue else { throw mismatch() }
            guard UTCTime(rfc3339: text) != nil else { throw mismatch("\"\(text.shortened(to: 40))\"") }
        case .array(let element, let count):
            guard let elements = value.arrayValue else { throw mismatch() }
            guard count.contains(elements.count) else { throw mismatch("\(elements.count) elements") }
            for (index, item) in elements.enumerated() { try element.validate(item, at: below(index)) }
        case .map(let element):
            guard let members = value.objectValue else { throw mismatch() }
            for name in members.keys.sorted() { try element.validate(members[name] ?? .null, at: below(name)) }
        case .object(let fields):
            guard let members = value.objectValue else { throw mismatch() }
            for field in fields {
                let member = members[field.name] ?? .null
                if member == .null && !field.isRequired { continue }
                if member == .null, case .nullable = field.schema { continue }
                guard member != .null else {
                    throw SchemaMismatch(path: below(field.name), expected: field.schema.expectation, came: "nothing")
                }
                try field.schema.validate(member, at: below(field.name))
            }
            let known = Set(fields.map(\.name))
            if let stranger = members.keys.sorted().first(where: { !known.contains($0) }) {
                let names = fields.isEmpty ? "no members" : fields.map(\.name).joined(separator: ", ")
                throw SchemaMismatch(
                    path: below(stranger.shortened(to: 40)), expected: "one of: \(names)", came: "an unknown name")
            }
        }
    }

    /// In the words of an error message: `a whole number from 0 to 100`.
    public var expectation: String {
        switch self {
        case .any: "any value"
        case .boolean: "true or false"
        case .integer(let range): "a whole number" + Self.words(for: range, from: .min, to: .max)
        case .number(let range):
            "a number"
                + Self.words(for: range, from: -Double.greatestFiniteMagnitude, to: Double.greatestFiniteMagnitude)
        case .string(let range):
            switch (range.lowerBound, range.upperBound) {
            case (0, .max): "a string"
            case (1, .max): "a string that is not empty"
            case (0, let most): "a string of at most \(most) bytes"
            case (let least, let most): "a string of \(least) to \(most) bytes"
            }
        case .choice(let words): "one of: " + words.joined(separator: ", ")
        case .instant: "an instant such as 2026-03-29T09:00:00.000Z"
        case .array(_, let count):
            count == 0...Int.max ? "an array" : "an array of \(count.lowerBound) to \(count.upperBound) elements"
        case .object, .map: "an object"
        case .nullable(let inner): inner.expectation + " or null"
        }
    }

    private static func words<Number: Comparable>(
        for range: ClosedRange<Number>, from least: Number, to most: Number
    ) -> String {
        switch (range.lowerBound == least, range.upperBound == most) {
        case (true, true): ""
        case (false, true): " of at least \(range.lowerBound)"
        case (true, false): " of at most \(range.upperBound)"
        case (false, false): " from \(range.lowerBound) to \(range.upperBound)"
        }
    }
}

extension JSONValue {
    fileprivate var numberText: String {
        switch self {
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        default: kind
        }
    }
}

/// The shape of a JSON value, as data: validates parameters, describes results and the state tree, and is printed as
/// JSON Schema (draft 7) by `rpc.discover`.
public indirect enum Schema: Hashable, Sendable {
    case any
    case boolean
    /// A whole number within a range.
    case integer(ClosedRange<Int64>)
    case number(ClosedRange<Double>)
    /// Text whose length in UTF-8 bytes lies within a range.
    case string(ClosedRange<Int>)
    /// One of a few words.
    case choice([String])
    /// RFC 3339.
    case instant
    case array(Schema, count: ClosedRange<Int>)
    /// Named members; others are refused.
    case object([Field])
    /// Members whose names are ids.
    case map(Schema)
    /// null besides; null and absent mean the same.
    case nullable(Schema)
    /// An empty object: the answer "done".
    public static let done = Schema.object([])
    /// Text of any length.
    public static let text = Schema.string(0...Int.max)
    public static let integer = Schema.integer(.min ... .max)
    public static let number = Schema.number(-Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)
    /// Something's id, as this API gave it out.
    public static let id = Schema.string(1...256)
    /// Seconds.
    public static let seconds = Schema.number(0...Double.greatestFiniteMagnitude)
    /// dBFS.
    public static let level = Schema.number(-127...0)
    /// Counts and sizes.
    public static let count = Schema.integer(0 ... .max)

    public static func list(of element: Schema) -> Schema {
        .array(element, count: 0...Int.max)
    }

    public static func object(_ fields: Field...) -> Schema {
        .object(fields)
    }

    /// The fields of an object, also of one that may be null.
    public var fields: [Field] {
        switch self {
        case .object(let fields): fields
        case .nullable(let inner): inner.fields
        default: []
        }
    }
}

/// A named member of an object, or a method's parameter.
public struct Field: Hashable, Sendable {
    public let name: String
    public let schema: Schema
    public let isRequired: Bool
    public let summary: String

    public init(_ name: String, _ schema: Schema, required: Bool, _ summary: String = "") {
        self.name = name
        self.schema = schema
        self.isRequired = required
        self.summary = summary
    }

    public static func required(_ name: String, _ schema: Schema, _ summary: String = "") -> Field {
        Field(name, schema, required: true, summary)
    }

    public static func optional(_ name: String, _ schema: Schema, _ summary: String = "") -> Field {
        Field(name, schema, required: false, summary)
    }
}

import Base
public import JSON

/// A dotted path into the state tree that the schema knows: `meeting.participants.42.microphone`.
public struct StatePath: Hashable, Sendable {
    /// Empty for the whole tree.
    public let names: [String]

    public static let root = StatePath(names: [])

    private init(names: [String]) {
        self.names = names
    }

    /// - Throws: −32602 naming `parameter` when the schema does not know the path.
    public init(_ text: String, parameter: String = "path") throws(RPCError) {
        let names = text.isEmpty ? [] : text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        var schema = StateSchema.root
        for (depth, name) in names.enumerated() {
            guard let inner = schema.member(name) else {
                let place = names[..<depth].joined(separator: ".")
                let known = schema.fields.map(\.name)
                let hint =
                    EditDistance.nearest(to: name, among: known).map { " Did you mean \"\($0)\"?" }
                    ?? (known.isEmpty ? "" : " There is: \(known.joined(separator: ", ")).")
                let message =
                    "The state has no \"\(name.shortened(to: 60))\""
                    + (place.isEmpty ? "." : " in \"\(place.shortened(to: 120))\".") + hint
                throw .invalidParameter(parameter, message)
            }
            schema = inner
        }
        self.init(names: names)
    }

    public var text: String { names.joined(separator: ".") }

    /// The value there; null when the path leads through null or to something absent.
    public func value(in tree: JSONValue) -> JSONValue {
        var value = tree
        for name in names {
            guard let inner = value[name] else { return .null }
            value = inner
        }
        return value
    }
}

extension Schema {
    fileprivate func member(_ name: String) -> Schema? {
        switch self {
        case .object(let fields): fields.first { $0.name == name }?.schema
        case .map(let element): name.isEmpty ? nil : element
        case .nullable(let inner): inner.member(name)
        case .any: name.isEmpty ? nil : .any
        case .boolean, .integer, .number, .string, .choice, .instant, .array: nil
        }
    }
}

public import JSON

/// The `id` of a JSON-RPC 2.0 request (§4): a string, a number or null, given back unchanged in the answer.
public struct RequestID: Hashable, Sendable {
    public let json: JSONValue

    /// - Returns: nil when the value may not be an id.
    public init?(_ json: JSONValue) {
        switch json {
        case .string, .integer, .number, .null: self.json = json
        case .bool, .array, .object: return nil
        }
    }

    public init(_ number: Int) {
        json = .integer(Int64(number))
    }

    /// What an answer carries when the request's own id could not be read.
    public static let null = RequestID(unchecked: .null)

    private init(unchecked json: JSONValue) {
        self.json = json
    }
}

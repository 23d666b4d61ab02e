public import JSON

/// A request or, without an id, a notification (JSON-RPC 2.0 §4).
public struct RPCRequest: Hashable, Sendable {
    /// nil for a notification, which is never answered.
    public let id: RequestID?
    public let method: String
    /// An object (by name), an array (by position) or nil.
    public let parameters: JSONValue?

    public init(id: RequestID?, method: String, parameters: JSONValue? = nil) {
        self.id = id
        self.method = method
        self.parameters = parameters
    }

    public var json: JSONValue {
        var members: [String: JSONValue] = ["jsonrpc": "2.0", "method": .string(method)]
        members["id"] = id?.json
        members["params"] = parameters
        return .object(members)
    }

    /// Reads one element of what a peer sent.
    init(json: JSONValue) throws(RPCError) {
        guard case .object(let members) = json else {
            throw .invalidRequest("A request must be an object; came \(json.kind).")
        }
        guard members["jsonrpc"] == "2.0" else {
            throw .invalidRequest("\"jsonrpc\" must be \"2.0\".")
        }
        guard let method = members["method"]?.stringValue else {
            throw .invalidRequest(
                members["method"].map { "\"method\" must be a string; came \($0.kind)." } ?? "\"method\" is missing.")
        }
        var id: RequestID?
        if let given = members["id"] {
            guard let read = RequestID(given) else {
                throw .invalidRequest("\"id\" must be a string, a number or null; came \(given.kind).")
            }
            id = read
        }
        switch members["params"] {
        case nil, .null: self.init(id: id, method: method)
        case .some(.object(let named)): self.init(id: id, method: method, parameters: .object(named))
        case .some(.array(let placed)): self.init(id: id, method: method, parameters: .array(placed))
        case .some(let other):
            throw .invalidRequest("\"params\" must be an object or an array; came \(other.kind).")
        }
    }
}

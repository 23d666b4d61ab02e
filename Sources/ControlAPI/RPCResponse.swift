public import JSON

/// The answer to one request (JSON-RPC 2.0 §5).
public struct RPCResponse: Hashable, Sendable {
    public let id: RequestID
    public let result: Result<JSONValue, RPCError>

    public init(id: RequestID, result: Result<JSONValue, RPCError>) {
        self.id = id
        self.result = result
    }

    public var json: JSONValue {
        switch result {
        case .success(let value): ["jsonrpc": "2.0", "id": id.json, "result": value]
        case .failure(let error): ["jsonrpc": "2.0", "id": id.json, "error": error.json]
        }
    }

    /// - Returns: nil when the value is no response.
    public init?(json: JSONValue) {
        guard case .object(let members) = json, let id = RequestID(members["id"] ?? .null) else { return nil }
        if let error = members["error"], error != .null {
            guard let error = RPCError(json: error) else { return nil }
            self.init(id: id, result: .failure(error))
        } else if let result = members["result"] {
            self.init(id: id, result: .success(result))
        } else {
            return nil
        }
    }
}

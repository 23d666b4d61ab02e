public import JSON

/// An error object of JSON-RPC 2.0 (§5.1). Everything of our own has code −32000 and `data.reason`.
public struct RPCError: Error, Hashable, Sendable {
    public let code: Int
    /// A sentence a person can act on.
    public let message: String
    public let data: JSONValue?

    public init(code: Int, message: String, data: JSONValue? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    /// −32000 with `data.reason`.
    public init(_ reason: Reason, _ message: String) {
        self.init(code: -32000, message: message, data: ["reason": .string(reason.rawValue)])
    }

    /// −32700: the text is not JSON.
    public static func parseError(_ message: String) -> RPCError {
        RPCError(code: -32700, message: message)
    }

    /// −32600: JSON, but no request.
    public static func invalidRequest(_ message: String) -> RPCError {
        RPCError(code: -32600, message: message)
    }

    /// −32601, with the name of a method that reads alike where there is one.
    public static func unknownMethod(_ name: String, similar: String? = nil) -> RPCError {
        let hint = similar.map { "Did you mean \"\($0)\"?" } ?? "rpc.discover lists all methods."
        return RPCError(code: -32601, message: "There is no method \"\(name.shortened(to: 60))\". \(hint)")
    }

    /// −32602 with `data.parameter`.
    public static func invalidParameter(_ parameter: String, _ message: String) -> RPCError {
        RPCError(code: -32602, message: message, data: ["parameter": .string(parameter)])
    }

    /// −32603: a fault of the daemon's own.
    public static func internalError(_ message: String) -> RPCError {
        RPCError(code: -32603, message: message)
    }

    /// The reason of a −32000 error.
    public var reason: Reason? { data?["reason"]?.stringValue.flatMap(Reason.init(rawValue:)) }

    /// The parameter of a −32602 error.
    public var parameter: String? { data?["parameter"]?.stringValue }

    public var json: JSONValue {
        var members: [String: JSONValue] = ["code": .integer(Int64(code)), "message": .string(message)]
        members["data"] = data
        return .object(members)
    }

    /// - Returns: nil when the value is no error object.
    public init?(json: JSONValue) {
        guard let code = json["code"]?.integerValue, let message = json["message"]?.stringValue else { return nil }
        self.init(code: Int(clamping: code), message: message, data: json["data"])
    }
}

extension RPCError: CustomStringConvertible {
    public var description: String { message }
}

extension String {
    /// For messages that repeat what came: never longer than `limit` characters.
    func shortened(to limit: Int) -> String {
        count <= limit ? self : prefix(limit) + "…"
    }
}

import Base
public import JSON

/// One method of the control API, as data: validation, access, `rpc.discover` and the documentation come from it.
public struct Method: Hashable, Sendable {
    public let name: MethodName
    public let summary: String
    /// In their order when given by position.
    public let parameters: [Field]
    public let result: Schema
    /// The least level that may call it.
    public let access: AccessLevel
    /// The reasons of −32000 errors to be expected.
    public let errors: [Reason]
    /// False for methods of the contract that this version does not have: they answer `unsupported_by_service` and are
    /// not listed by `rpc.discover`.
    public let isServed: Bool

    init(
        _ name: MethodName, _ summary: String, _ parameters: [Field] = [], result: Schema = .done,
        access: AccessLevel = .operator, errors: [Reason] = [], isServed: Bool = true
    ) {
        self.name = name
        self.summary = summary
        self.parameters = parameters
        self.result = result
        self.access = access
        self.errors = errors
        self.isServed = isServed
    }

    /// Every method of the contract, in its order.
    public static let all: [Method] =
        feedMethods + systemMethods + meetingMethods + mediaMethods + deviceMethods + participantMethods
        + sharingMethods + recordingMethods + displayMethods + scheduleMethods + diagnosticMethods

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// The definition of a method.
    public static func definition(of name: MethodName) -> Method {
        guard let method = byName[name] else { preconditionFailure("\(name.rawValue) is missing in the method table") }
        return method
    }

    /// Everything that must hold before a request is carried out: the method exists and is served, the client may call
    /// it, the parameters have the right shape.
    /// - Returns: the method and its parameters by name.
    public static func admit(
        _ request: RPCRequest, from access: AccessLevel
    ) throws(RPCError) -> (method: Method, parameters: Parameters) {
        guard let name = MethodName(rawValue: request.method) else {
            throw .unknownMethod(request.method, similar: nearestName(to: request.method))
        }
        let method = definition(of: name)
        guard method.isServed else {
            throw RPCError(.unsupportedByService, "This version of roomd does not offer \(name.rawValue).")
        }
        guard access >= method.access else {
            let needed = method.access == .admin ? "root and the daemon's own user" : "operators"
            throw RPCError(.notPermitted, "\(name.rawValue) is for \(needed) only; this client is \(access.article).")
        }
        return (method, try method.parameters(from: request.parameters))
    }

    /// The parameters by name, checked against the table.
    public func parameters(from given: JSONValue?) throws(RPCError) -> Parameters {
        var members: [String: JSONValue] = [:]
        switch given {
        case nil, .null: break
        case .some(.object(let named)): members = named
        case .some(.array(let placed)):
            guard placed.count <= parameters.count else {
                let many = "\(name.rawValue) takes at most \(parameters.count) parameters; came \(placed.count)."
                throw .invalidParameter("\(parameters.count)", many)
            }
            for (field, value) in zip(parameters, placed) { members[field.name] = value }
        case .some(let other):
            throw .invalidRequest("\"params\" must be an object or an array; came \(other.kind).")
        }
        do throws(SchemaMismatch) {
            try Schema.object(parameters).validate(.object(members))
        } catch {
            throw .invalidParameter(error.path, error.description)
        }
        return Parameters(members: members)
    }

    private static func nearestName(to name: String) -> String? {
        guard name.utf8.count <= 60 else { return nil }
        let candidates = all.filter(\.isServed).map(\.name.rawValue)
        return EditDistance.nearest(to: name, among: candidates)
    }
}

/// A request's parameters by name, already checked against the method's table.
public struct Parameters: Hashable, Sendable {
    public let members: [String: JSONValue]

    init(members: [String: JSONValue]) {
        self.members = members
    }

    /// The parameter, nil when it was left out or null.
    public subscript(_ name: String) -> JSONValue? {
        members[name] == .null ? nil : members[name]
    }
}

extension AccessLevel {
    var article: String {
        switch self {
        case .observer: "an observer"
        case .operator: "an operator"
        case .admin: "an admin"
        }
    }
}

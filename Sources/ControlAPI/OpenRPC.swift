public import JSON

/// The OpenRPC document (spec.open-rpc.org, 1.3.2) of what this version serves, made from the method table.
public enum OpenRPC {
    /// The version of this API.
    public static let apiVersion = "1.0"

    public static func document(version: String) -> JSONValue {
        [
            "openrpc": "1.3.2",
            "info": [
                "title": "roomd control API", "version": .string(apiVersion),
                "description": .string("As served by roomd \(version) on its Unix socket, one JSON text a line."),
            ],
            "methods": .array(Method.all.filter(\.isServed).map(describe)),
            "components": ["schemas": ["State": StateSchema.root.json]],
            "x-notifications": [
                [
                    "name": "state.changed",
                    "params": Schema.object(
                        .required("subscription", .integer), .required("revision", .integer),
                        .required("patch", .any, "JSON Merge Patch (RFC 7396).")
                    ).json,
                ],
                [
                    "name": "event",
                    "params": Schema.object(
                        .required("subscription", .integer), .required("sequence", .integer),
                        .required("time", .instant), .required("name", .choice(EventName.allCases.map(\.rawValue))),
                        .required("data", .any)
                    ).json,
                    "events": .array(
                        EventName.allCases.map { name in
                            [
                                "name": .string(name.rawValue), "summary": .string(name.summary),
                                "data": name.data.json,
                            ]
                        }),
                ],
            ],
        ]
    }

    private static func describe(_ method: Method) -> JSONValue {
        [
            "name": .string(method.name.rawValue),
            "summary": .string(method.summary),
            "paramStructure": "either",
            "params": .array(
                method.parameters.map { field in
                    [
                        "name": .string(field.name), "summary": .string(field.summary),
                        "required": .bool(field.isRequired), "schema": field.json,
                    ]
                }),
            "result": ["name": "result", "schema": method.result.json],
            "errors": .array(errors(of: method)),
            "x-access": .string(method.access.rawValue),
        ]
    }

    /// One entry: OpenRPC wants each code once, and all reasons share theirs.
    private static func errors(of method: Method) -> [JSONValue] {
        guard !method.errors.isEmpty else { return [] }
        let reasons = method.errors.map { ($0.rawValue, JSONValue.string($0.summary)) }
        return [
            [
                "code": -32000, "message": "Refused or failed; data.reason says why.",
                "data": ["reasons": .object(Dictionary(reasons) { first, _ in first })],
            ]
        ]
    }
}

public import JSON

extension Schema {
    /// The same as JSON Schema, draft 7, which OpenRPC demands.
    public var json: JSONValue {
        switch self {
        case .any:
            return [:]
        case .boolean:
            return ["type": "boolean"]
        case .integer(let range):
            var members: [String: JSONValue] = ["type": "integer"]
            if range.lowerBound != .min { members["minimum"] = .integer(range.lowerBound) }
            if range.upperBound != .max { members["maximum"] = .integer(range.upperBound) }
            return .object(members)
        case .number(let range):
            var members: [String: JSONValue] = ["type": "number"]
            if range.lowerBound > -Double.greatestFiniteMagnitude { members["minimum"] = .number(range.lowerBound) }
            if range.upperBound < Double.greatestFiniteMagnitude { members["maximum"] = .number(range.upperBound) }
            return .object(members)
        case .string(let range):
            var members: [String: JSONValue] = ["type": "string"]
            if range.lowerBound > 0 { members["minLength"] = .integer(Int64(range.lowerBound)) }
            if range.upperBound < .max { members["maxLength"] = .integer(Int64(range.upperBound)) }
            return .object(members)
        case .choice(let words):
            return ["type": "string", "enum": .array(words.map { .string($0) })]
        case .instant:
            return ["type": "string", "format": "date-time"]
        case .array(let element, let count):
            var members: [String: JSONValue] = ["type": "array", "items": element.json]
            if count.lowerBound > 0 { members["minItems"] = .integer(Int64(count.lowerBound)) }
            if count.upperBound < .max { members["maxItems"] = .integer(Int64(count.upperBound)) }
            return .object(members)
        case .object(let fields):
            var properties: [String: JSONValue] = [:]
            for field in fields { properties[field.name] = field.described }
            var members: [String: JSONValue] = [
                "type": "object", "properties": .object(properties), "additionalProperties": false,
            ]
            let required = fields.filter(\.isRequired).map { JSONValue.string($0.name) }
            if !required.isEmpty { members["required"] = .array(required) }
            return .object(members)
        case .map(let element):
            return ["type": "object", "additionalProperties": element.json]
        case .nullable(let inner):
            return ["anyOf": [inner.json, ["type": "null"]]]
        }
    }
}

extension Field {
    /// The schema of the member where it is there: what may be left out may be null too.
    var json: JSONValue {
        if isRequired { return schema.json }
        switch schema {
        case .any, .nullable: return schema.json
        default: return Schema.nullable(schema).json
        }
    }

    /// The schema with the field's summary as its description.
    var described: JSONValue {
        guard !summary.isEmpty, case .object(var members) = json else { return json }
        members["description"] = .string(summary)
        return .object(members)
    }
}

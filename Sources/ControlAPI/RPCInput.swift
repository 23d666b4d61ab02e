public import JSON

/// One line from a client, read as JSON-RPC 2.0.
public enum RPCInput: Hashable, Sendable {
    /// A request that stands alone.
    case single(Element)
    /// §6: answered with one array, unless all are notifications.
    case batch([Element])

    /// One element: what is wrong with it is answered with its own error, the others are not touched.
    public enum Element: Hashable, Sendable {
        case request(RPCRequest)
        case invalid(RPCResponse)
    }

    /// More requests than this in one batch are refused together: their answers could not be bounded.
    public static let batchLimit = 100

    /// Never fails: text that is not JSON is a single invalid element, answered with −32700.
    public init(line: some Collection<UInt8>) {
        do {
            self.init(json: try JSONValue(parsing: line))
        } catch {
            let problem = "The line is not JSON (RFC 8259): \(error.description.shortened(to: 200))"
            self = .single(.invalid(RPCResponse(id: .null, result: .failure(.parseError(problem)))))
        }
    }

    public init(json: JSONValue) {
        guard case .array(let elements) = json else {
            self = .single(Element(json: json))
            return
        }
        if elements.isEmpty {
            self = .refused("A batch must have at least one request.")
        } else if elements.count > Self.batchLimit {
            self = .refused("A batch has at most \(Self.batchLimit) requests; came \(elements.count).")
        } else {
            self = .batch(elements.map(Element.init(json:)))
        }
    }

    private static func refused(_ message: String) -> RPCInput {
        .single(.invalid(RPCResponse(id: .null, result: .failure(.invalidRequest(message)))))
    }
}

extension RPCInput.Element {
    init(json: JSONValue) {
        do throws(RPCError) {
            self = .request(try RPCRequest(json: json))
        } catch {
            let id = json["id"].flatMap(RequestID.init) ?? .null
            self = .invalid(RPCResponse(id: id, result: .failure(error)))
        }
    }
}

import JSON

/// One text from the server, understood as far as this client needs it. Whatever else it holds is ignored.
///
/// Source: Janus "RESTful, WebSockets… API" documentation; `janus.c` and `ice.c` of version 1.1.2.
struct JanusMessage: Sendable {
    enum Content: Sendable {
        /// Received; the answer proper comes as an event with the same transaction.
        case ack
        /// `id` of a new session or handle; `plugin` for synchronous answers of the plugin.
        case success(id: Int64?, plugin: JSONValue?)
        case error(code: Int, reason: String)
        case event(JSONValue, jsep: Description?)
        case webrtcUp
        case media(mid: String?, receiving: Bool)
        case slowLink(uplink: Bool, lost: Int)
        case hangup(reason: String)
        case detached
        /// The session was not kept alive, or the server was told to end it.
        case timeout
        /// A candidate of the server; nil ends them.
        case trickle(candidate: String?, mid: String?)
        case other
    }

    struct Description: Sendable {
        let type: String
        let sdp: String
    }

    let transaction: String?
    let sender: Int64?
    let content: Content

    init(parsing text: some Collection<UInt8>) throws(JanusProtocolError) {
        let json: JSONValue
        do {
            json = try JSONValue(parsing: text)
        } catch {
            throw JanusProtocolError("expected a JSON text from Janus, but \(error)")
        }
        guard let kind = json["janus"]?.stringValue else {
            throw JanusProtocolError("expected an object with a \"janus\" member, but got \(json.kind) without it")
        }
        transaction = json["transaction"]?.stringValue
        sender = json["sender"]?.integerValue
        content = Self.content(kind, json)
    }

    private static func content(_ kind: String, _ json: JSONValue) -> Content {
        switch kind {
        case "ack": return .ack
        case "success": return .success(id: json["data"]?["id"]?.integerValue, plugin: json["plugindata"]?["data"])
        case "error":
            let code = json["error"]?["code"]?.integerValue ?? 490
            return .error(code: Int(clamping: code), reason: json["error"]?["reason"]?.stringValue ?? "no reason given")
        case "event":
            var description: Description?
            if let type = json["jsep"]?["type"]?.stringValue, let sdp = json["jsep"]?["sdp"]?.stringValue {
                description = Description(type: type, sdp: sdp)
            }
            return .event(json["plugindata"]?["data"] ?? .null, jsep: description)
        case "webrtcup": return .webrtcUp
        case "media": return .media(mid: json["mid"]?.stringValue, receiving: json["receiving"]?.boolValue ?? false)
        case "slowlink":
            let lost = json["lost"]?.integerValue ?? 0
            return .slowLink(uplink: json["uplink"]?.boolValue ?? false, lost: Int(clamping: lost))
        case "hangup": return .hangup(reason: json["reason"]?.stringValue ?? "")
        case "detached": return .detached
        case "timeout": return .timeout
        case "trickle":
            let candidate = json["candidate"]
            if candidate?["completed"]?.boolValue == true { return .trickle(candidate: nil, mid: nil) }
            guard let text = candidate?["candidate"]?.stringValue else { return .other }
            return .trickle(candidate: text, mid: candidate?["sdpMid"]?.stringValue)
        default: return .other
        }
    }
}

/// The server sent something that is not Janus's protocol.
public struct JanusProtocolError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

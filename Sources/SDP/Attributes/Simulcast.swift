/// `a=simulcast:send hi;mid,~alt recv x` (RFC 8853): streams, each a list of alternatives by preference.
public struct Simulcast: Hashable, Sendable, CustomStringConvertible {
    /// One alternative: an encoding's `rid`, and whether it starts paused (`~`).
    public struct Alternative: Hashable, Sendable {
        public var rid: String
        public var isPaused: Bool

        public init(rid: String, isPaused: Bool = false) {
            self.rid = rid
            self.isPaused = isPaused
        }
    }

    public var send: [[Alternative]]
    public var receive: [[Alternative]]

    public init(send: [[Alternative]] = [], receive: [[Alternative]] = []) {
        self.send = send
        self.receive = receive
    }

    /// nil for the forms of early drafts (`recv rid=a;b`); those are kept as unknown attributes.
    init?(value: Substring) {
        let fields = value.fields()
        guard fields.count == 2 || fields.count == 4 else { return nil }
        self.init()
        for index in stride(from: 0, to: fields.count, by: 2) {
            let streams = fields[index + 1].split(at: 0x3B).map { stream in
                stream.split(at: 0x2C).map { text in
                    let isPaused = text.utf8.first == 0x7E
                    return Alternative(rid: String(isPaused ? text.dropFirst() : text), isPaused: isPaused)
                }
            }
            guard streams.allSatisfy({ $0.allSatisfy { Substring($0.rid).isToken } }) else { return nil }
            switch fields[index] {
            case "send" where send.isEmpty: send = streams
            case "recv" where receive.isEmpty: receive = streams
            default: return nil
            }
        }
    }

    public var description: String {
        func text(_ streams: [[Alternative]]) -> String {
            streams.map { $0.map { ($0.isPaused ? "~" : "") + $0.rid }.joined(separator: ",") }.joined(separator: ";")
        }
        let parts = [send.isEmpty ? nil : "send \(text(send))", receive.isEmpty ? nil : "recv \(text(receive))"]
        return parts.compactMap(\.self).joined(separator: " ")
    }
}

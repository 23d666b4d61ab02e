import Base
import ControlAPI
import JSON
import Meeting

@testable import ControlServer

extension Boundary {
    /// Bytes as a client of the control socket writes them; the first byte of the input says how many come at once.
    static func takeControlBytes(_ input: [UInt8]) throws(BrokenPromise) {
        guard let first = input.first else { return }
        let stream = Array(input.dropFirst())
        let atOnce = Int(first) + 1
        var framer = LineFramer(limit: 2000)
        var client = ControlClient()
        var offset = 0
        while offset < stream.count {
            let end = min(stream.count, offset + atOnce)
            stream[offset..<end].withUnsafeBytes { framer.append($0) }
            offset = end
            while let line = framer.nextLine() {
                guard case .text(let bytes) = line else { return }
                try client.take(bytes)
            }
            try promise(framer.count <= 2000 + atOnce, "\(framer.count) bytes are held")
        }
        if case .text(let bytes) = framer.remainder() { try client.take(bytes) }
    }

    /// One client as the server sees it, and the feeds.
    private struct ControlClient {
        private var state = StateFeed()
        private var events = EventFeed()
        private var subscriptions = 0
        private let id = ClientID(1)

        mutating func take(_ line: [UInt8]) throws(BrokenPromise) {
            switch RPCInput(line: line) {
            case .single(let element): try perform(element)
            case .batch(let elements): for element in elements { try perform(element) }
            }
        }

        private mutating func perform(_ element: RPCInput.Element) throws(BrokenPromise) {
            switch element {
            case .invalid(let response): try check(response)
            case .request(let request):
                let again = RPCInput(json: request.json)
                try promise(again == .single(.request(request)), "reads otherwise when written: \(request)")
                do throws(RPCError) {
                    try perform(request)
                } catch {
                    try check(RPCResponse(id: request.id ?? .null, result: .failure(error)))
                }
            }
        }

        private mutating func perform(_ request: RPCRequest) throws(RPCError) {
            let (method, parameters) = try Method.admit(request, from: .admin)
            switch try Command(method.name, parameters) {
            case .joinMeeting(let join): _ = try? MeetingAddress(join.url)
            case .some: break
            case nil: try serve(method.name, parameters)
            }
        }

        private mutating func serve(_ name: MethodName, _ parameters: Parameters) throws(RPCError) {
            switch name {
            case .stateGet: _ = state.value(at: try StatePath(parameters["path"]?.stringValue ?? ""), now: .zero)
            case .stateSubscribe:
                var paths: [StatePath] = []
                for text in parameters["paths"]?.arrayValue ?? [] {
                    paths.append(try StatePath(text.stringValue ?? "", parameter: "paths"))
                }
                _ = try state.subscribe(id, to: paths, at: .zero)
            case .stateUnsubscribe:
                try state.unsubscribe(Int(parameters["subscription"]?.integerValue ?? 0), by: id)
            case .eventsSubscribe:
                let names = (parameters["names"]?.arrayValue ?? []).compactMap { $0.stringValue }
                _ = try events.subscribe(id, to: Set(names.compactMap(EventName.init(rawValue:))))
            case .eventsUnsubscribe:
                try events.unsubscribe(Int(parameters["subscription"]?.integerValue ?? 0), by: id)
            default: break
            }
        }

        /// Answers are lines of JSON, whatever was asked.
        private func check(_ response: RPCResponse) throws(BrokenPromise) {
            let line = response.json.serialized()
            try promise(!line.contains(0x0A), "an answer of two lines")
            let json = try? JSONValue(parsing: line)
            try promise(json == response.json, "an answer reads otherwise: \(response)")
            try promise(line.count < 20_000, "an answer of \(line.count) bytes")
        }
    }
}

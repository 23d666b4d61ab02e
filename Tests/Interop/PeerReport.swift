import JSON

/// What a foreign peer measured of us.
struct PeerReport: CustomStringConvertible, Sendable {
    let body: JSONValue

    init(_ body: JSONValue) {
        self.body = body
    }

    var frames: Int { Int(body["frames"]?.integerValue ?? 0) }
    /// Frames whose time code could be read.
    var readableFrames: Int { Int(body["readableFrames"]?.integerValue ?? 0) }
    /// "1280x720" and how often.
    var sizes: [String: Int] {
        (body["sizes"]?.objectValue ?? [:]).compactMapValues { $0.integerValue.map { Int($0) } }
    }
    var freezes: Int { Int(body["freezes"]?.integerValue ?? -1) }
    /// Capture to decoded, milliseconds.
    var latency: Int { Int(body["latency"]?.integerValue ?? -1) }
    var hertz: Double { body["tone"]?["hertz"]?.doubleValue ?? 0 }
    var purity: Double { body["tone"]?["purity"]?.doubleValue ?? 0 }
    var steadySeconds: Double { body["tone"]?["steadySeconds"]?.doubleValue ?? 0 }
    var keyFramesAskedOfPeer: Int { Int(body["keyFramesAskedOfUs"]?.integerValue ?? 0) }
    /// aiortc's encoder target, bits per second: what our REMB made of it.
    var videoTarget: Int { Int(body["videoTarget"]?.integerValue ?? 0) }
    var dtlsRole: String { body["dtlsRole"]?.stringValue ?? "" }

    /// The engine's statistics of a type, for instance `inbound-rtp`.
    func engine(_ type: String, kind: String? = nil) -> [JSONValue] {
        (body["engine"]?[type]?.arrayValue ?? []).filter { kind == nil || $0["kind"]?.stringValue == kind }
    }

    /// A number of the first such statistics that has it.
    func number(_ name: String, _ type: String, kind: String? = nil) -> Double? {
        engine(type, kind: kind).lazy.compactMap { $0[name]?.doubleValue }.first
    }

    func text(_ name: String, _ type: String) -> String? {
        engine(type).lazy.compactMap { $0[name]?.stringValue }.first
    }

    var description: String { body.text }
}

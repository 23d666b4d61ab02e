import Glibc
import JSON
import SDP
import Synchronization

/// `tools/peers/peer.py`: a WebRTC peer that we did not write.
final class ForeignPeer: Sendable {
    enum Engine: String, Sendable, CaseIterable {
        case aiortc, chrome
    }

    /// How it is started; see `peer.py --help`.
    struct Options: Sendable {
        /// Width, height (multiples of 16) and rate of the picture it sends; nil for none.
        var video: String? = "320x240@15"
        /// Hertz; nil for none.
        var tone: Int? = 1000
        /// Speaks instead.
        var speaks = false
        var receives = ["audio", "video"]
        var trickles = false
        /// What it says instead of `actpass` when it offers.
        var setup: String?
        /// The only profile aiortc then knows, in OpenSSL's words.
        var srtp: String?
        /// Field trials of Chrome's engine.
        var trials: String?
    }

    let engine: Engine
    let process: PeerProcess
    private let asked = Atomic<Int>(0)
    private let askedOfEngine = Atomic<Int>(0)

    init(_ engine: Engine, _ options: Options) throws {
        self.engine = engine
        let root = try Self.repository()
        var arguments = [root + "/.build/peers/bin/python", root + "/tools/peers/peer.py", "--engine", engine.rawValue]
        arguments += ["--video", options.video.map { "code:" + $0 } ?? "none"]
        arguments += ["--audio", options.speaks ? "speech" : options.tone.map { "tone:\($0)" } ?? "none"]
        arguments += ["--receive", options.receives.isEmpty ? "none" : options.receives.joined(separator: ",")]
        if options.trickles { arguments += ["--trickle"] }
        if let setup = options.setup { arguments += ["--setup", setup] }
        if let srtp = options.srtp { arguments += ["--srtp", srtp] }
        var environment = ["WRTC_ALLOW_LOOPBACK": "1", "PYTHONUNBUFFERED": "1"]
        if let trials = options.trials { environment["WRTC_FIELD_TRIALS"] = trials }
        process = try PeerProcess(arguments, environment: environment)
    }

    /// The repository's root, also when its folders are reached by symbolic links.
    private static func repository(file: String = #filePath) throws -> String {
        guard let path = realpath(file, nil) else { throw InteropError("\(file) is gone") }
        defer { free(path) }
        // Three up: the file, Interop, Tests.
        return String(cString: path).split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
            .joined(separator: "/")
    }

    func offer() async throws -> SessionDescription {
        process.send(["do": "offer"])
        return try await description(number: 0)
    }

    func answer(_ offer: SessionDescription) async throws -> SessionDescription {
        take(offer)
        return try await description(number: 0)
    }

    func take(_ description: SessionDescription) {
        process.send(
            ["do": "description", "type": .string(description.type.rawValue), "sdp": .string(description.sdp)])
    }

    func take(candidate: String?) {
        process.send(["do": "candidate", "candidate": candidate.map { .string($0) } ?? .null])
    }

    func askForKeyFrame() {
        process.send(["do": "key-frame"])
    }

    /// What it has measured so far.
    func statistics() async throws -> PeerReport {
        let number = asked.wrappingAdd(1, ordering: .relaxed).oldValue
        process.send(["do": "statistics"])
        return PeerReport(try await process.event("statistics", number: number).body)
    }

    /// The engine's own statistics alone.
    func engineStatistics() async throws -> PeerReport {
        let number = askedOfEngine.wrappingAdd(1, ordering: .relaxed).oldValue
        process.send(["do": "engine"])
        return PeerReport(try await process.event("engine", number: number).body)
    }

    /// Lets it say goodbye; what it has measured.
    func finish() async throws -> PeerReport {
        process.send(["do": "finish"])
        return PeerReport(try await process.event("report").body)
    }

    private func description(number: Int) async throws -> SessionDescription {
        let event = try await process.event("description", number: number)
        guard let type = event.body["type"]?.stringValue.flatMap(SessionDescription.Kind.init(rawValue:)),
            let sdp = event.body["sdp"]?.stringValue
        else { throw InteropError("a description without type or text: \(event.body.text)") }
        return try SessionDescription(type: type, sdp: sdp)
    }
}

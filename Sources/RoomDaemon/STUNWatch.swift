import Base
import Logging
import Synchronization

/// Whether the STUN servers of the configuration answer: one that does at none of its addresses is a problem until it does.
final class STUNWatch: Sendable {
    typealias Report = @Sendable (_ problem: String?) -> Void
    /// Servers, as the configuration calls them, and their addresses.
    typealias Places = [(text: String, addresses: [SocketAddress])]

    private struct State: Sendable {
        var report: Report?
        /// Where the servers were when their addresses were last handed out.
        var places: Places = []
        /// What was heard last of each address since then.
        var answers: [SocketAddress: Bool] = [:]
        /// As the configuration calls them.
        var silent: [String] = []
    }

    private let places: @Sendable () -> Places
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameter places: where the servers are now.
    init(_ places: @escaping @Sendable () -> Places, logger: Logger) {
        self.places = places
        self.logger = logger
    }

    /// - Parameter report: called whenever the problem has changed.
    func start(report: @escaping Report) {
        state.withLock { $0.report = report }
    }

    /// The addresses for a media connection. What was heard before counts no more, and what was told stands until a
    /// server is heard of anew.
    func handOut() -> [SocketAddress] {
        let places = places()
        state.withLock { state in
            state.places = places
            state.answers = [:]
        }
        return places.flatMap(\.addresses)
    }

    /// What a media connection has found out, on the media thread; the last word counts.
    func take(_ server: SocketAddress, answers: Bool) {
        let (former, present, report) = state.withLock { state in
            let former = state.silent
            state.answers[server] = answers
            state.silent = state.places.filter { place in
                let heard = place.addresses.compactMap { state.answers[$0] }
                return heard.isEmpty ? former.contains(place.text) : !heard.contains(true)
            }.map(\.text)
            return (former, state.silent, state.report)
        }
        guard present != former else { return }
        for text in present where !former.contains(text) {
            logger.warning("a STUN server does not answer", metadata: ["server": "\(text)"])
        }
        for text in former where !present.contains(text) {
            logger.notice("a STUN server answers again", metadata: ["server": "\(text)"])
        }
        report?(Self.problem(present))
    }

    private static func problem(_ silent: [String]) -> String? {
        guard !silent.isEmpty else { return nil }
        let list = silent.map { "“\($0)”" }.joined(separator: ", ")
        return
            "No answer from the STUN server\(silent.count == 1 ? "" : "s") \(list): check stun of the configuration, and "
            + "whether the firewall lets UDP through. Where there is a NAT, media may find no way."
    }
}

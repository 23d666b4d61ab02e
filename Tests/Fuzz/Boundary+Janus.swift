import Base
import JSON
import Meeting

@testable import Janus

extension Boundary {
    /// Lines to a session. The first says by its first byte how far the session has come: nowhere, in the room, with
    /// media. Then each line is a WebSocket text, in which every `@` stands for the transaction of the last request; lines
    /// that begin with `+` let time pass, the longer the longer.
    static func takeJanusTexts(_ input: [UInt8]) throws(BrokenPromise) {
        var texts = lines(of: input)[...]
        let stage = Int(texts.popFirst()?.first ?? 0) % 3
        var session = Fixtures.sessions[stage]
        var server = Server(transaction: Fixtures.transactions[stage])
        var now = Fixtures.start
        for text in texts.prefix(64) {
            if text.first == UInt8(ascii: "+") {
                try pass(.milliseconds(500 * text.count), for: &session, now: &now) { server.drain(&$0, $1) }
                continue
            }
            let line = server.completed(text)
            if let json = try? JSONValue(parsing: line) {
                let again = try? JSONValue(parsing: json.serialized())
                try promise(again == json, "reads otherwise when written: \(json)")
            }
            session.handle(.received(line), at: now)
            server.drain(&session, now)
            try promise(session.participants.participants.count <= Roster.limit, "the roster has no bound")
            try promise(session.ids.count <= Roster.limit + 1, "\(session.ids.count) ids are known")
        }
        session.handle(.leave, at: now)
        server.drain(&session, now)
        try pass(.seconds(5), for: &session, now: &now) { server.drain(&$0, $1) }
        try promise(session.phase == .closed, "did not leave: \(session.phase)")
    }

    /// The other side of a session, and its media.
    fileprivate struct Server {
        var transaction: [UInt8]
        private var offers = 0

        init(transaction: [UInt8]) {
            self.transaction = transaction
        }

        func completed(_ text: ArraySlice<UInt8>) -> [UInt8] {
            text.flatMap { $0 == UInt8(ascii: "@") ? transaction : [$0] }
        }

        mutating func drain(_ session: inout JanusSession, _ now: Instant) {
            while let effect = session.pollEffect() {
                switch effect {
                case .send(let text): note(text)
                case .makePublisherOffer where offers < 20:
                    offers += 1
                    session.handle(.publisherOffer(sdp: "offer", tracks: Self.tracks), at: now)
                case .answerSubscriberOffer where offers < 20:
                    offers += 1
                    session.handle(.subscriberAnswer(sdp: "answer"), at: now)
                case .applyPublisherAnswer: session.handle(.publisherConnected, at: now)
                default: break
                }
            }
        }

        private static let tracks = [
            LocalTrack(mid: "0", kind: .audio, isOpen: true), LocalTrack(mid: "1", kind: .video, isOpen: true),
        ]

        /// `"transaction":"…"` of a request.
        private mutating func note(_ text: [UInt8]) {
            guard let name = try? JSONValue(parsing: text)["transaction"]?.stringValue else { return }
            transaction = Array(name.utf8)
        }
    }
}

extension Fixtures {
    fileprivate static let sessions = stages.map(\.session)
    fileprivate static let transactions = stages.map(\.transaction)

    private static let stages: [(session: JanusSession, transaction: [UInt8])] = {
        var configuration = JanusConfiguration(room: .existing("1234"), displayName: "Boardroom")
        configuration.roomSecret = "s"
        var session = JanusSession(configuration, random: SeededRandom(seed: 1))
        var server = Boundary.Server(transaction: [])
        session.handle(.connected, at: start)
        server.drain(&session, start)
        var stages = [(session, server.transaction)]
        for answers in [
            [
                #"{"janus":"success","transaction":"@","data":{"id":1}}"#,
                #"{"janus":"success","transaction":"@","data":{"id":11}}"#,
                #"{"janus":"event","sender":11,"transaction":"@","plugindata":{"data":{"videoroom":"joined","room":1234,"#
                    + #""id":77,"private_id":5,"publishers":[{"id":5,"display":"Anna","streams":[{"type":"audio","#
                    + #""mindex":0,"mid":"0","codec":"opus"},{"type":"video","mindex":1,"mid":"1","codec":"vp8"}]}]}}}"#,
            ],
            [
                #"{"janus":"event","sender":11,"transaction":"@","plugindata":{"data":{"videoroom":"event","#
                    + #""configured":"ok"}},"jsep":{"type":"answer","sdp":"answer"}}"#,
                #"{"janus":"webrtcup","sender":11}"#,
            ],
        ] {
            for answer in answers {
                session.handle(.received(server.completed(Array(answer.utf8)[...])), at: start)
                server.drain(&session, start)
            }
            stages.append((session, server.transaction))
        }
        return stages
    }()
}

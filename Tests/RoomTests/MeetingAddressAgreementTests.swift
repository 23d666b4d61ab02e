import Meeting
import Scheduling
import Testing

/// The calendar's side says why an address cannot be joined; the meeting's side joins it. They must agree.
@Suite struct MeetingAddressAgreementTests {
    /// After `janus+ws://sfu.example`, whose service every one of them belongs to.
    private static let corpus = [
        "", "/", "?", "/?", "/?room", "/?room=", "/?room=7", "?room=7", "/?Room=7", "/?ROOM=7&PIN=1", "/?room=&room=7",
        "/?room=7&room=", "/?room=7&room=8", "/?pin=1", "/?pin=&room=7", "/?&&room=7&", "/?room=%20", "/?room=+",
        "/?room=a+b", "/?room=%E4%BC%9A", "/?room=%e4%bc%9a", "/?room=%", "/?room=%4", "/?room=%zz", "/?room=%+5",
        "/?room=%ff", "/?room=%C3", "/?room=7&room=%zz", "/?room=%zz&room=7", "/?room=7&pin=%zz", "/?pin=%ff&room=7",
        "/?x=%zz&room=7", "/?room=7#x", "/#?room=7", "/?#room=7", "/a/b?room=7", "/a?b?room=7", "/?room=a=b", "/?=7",
        "/?room =7", "/?rooms=7", "/?%72oom=7", ":8188/?room=7", ":/?room=7", ":08188/?room=7", ":8188?room=7",
        "/?room=%00", "/?room=7&amp;pin=1", "/?room=\u{4F1A}", "/?x=://&room=7",
    ]

    private static let finder = LinkFinder(
        rules: LinkRules(services: [
            .init(name: "corp", origin: Origin(scheme: "janus+ws", host: "sfu.example", port: 8188)),
            .init(name: "loop", origin: Origin(scheme: "janus+wss", host: "[::1]", port: 8989)),
        ]))

    private static let addresses =
        corpus.map { "janus+ws://sfu.example" + $0 }
        + [
            "JANUS+WS://SFU.example/?room=7", "janus+ws://user@sfu.example/?room=7", "janus+ws://@sfu.example/?room=7",
            "janus+ws://user:pass@sfu.example:8188/?room=7", "janus+ws://a@b@sfu.example/?room=",
            "janus+wss://[::1]/?room=7", "janus+wss://[::1]:8989/?room=7", "janus+wss://[::1]:8989/?room=",
        ]

    @Test(arguments: addresses)
    func whatHasNoFlawCanBeJoined(address: String) {
        let link = Self.finder.classify(address)
        #expect(link == .address(address), "it is of one of the services")
        let isJoinable = (try? MeetingAddress(address))?.room != nil
        #expect((link.flaw == nil) == isJoinable, "\(link.flaw ?? "no flaw")")
    }

    @Test func theFlawSaysWhatIsWrong() {
        func flaw(_ rest: String) -> String? { MeetingLink.address("janus+ws://sfu.example" + rest).flaw }
        #expect(flaw("/?room=") == "it names no meeting: “room=” is empty")
        #expect(flaw("/?pin=secret") == "it names no meeting: “?room=ID” is missing")
        #expect(flaw("/?room=%zz") == "“room=” is not percent-encoded UTF-8")
        #expect(flaw("/?room=7&pin=secret%") == "“pin=” is not percent-encoded UTF-8")
        #expect(flaw("/?room=7&secret%=%") == "its query is not percent-encoded UTF-8", "only names we know are told")
        #expect(
            MeetingLink.address("janus+ws://me:secret@sfu.example/?room=7").flaw
                == "it has a user name, which it may not")
        #expect(MeetingLink.address("https://meet.example.org/").flaw == nil)
    }
}

import ConfigurationFile
import Testing

/// TURN servers.
@Suite struct RelayTests {
    private func network(_ turn: String, _ more: String = "") -> ConfigurationLoader.Loaded {
        ConfigurationLoader.load(text: "[network]\nturn = [\(turn)]\n\(more)")
    }

    private func messages(_ loaded: ConfigurationLoader.Loaded) -> [String] {
        loaded.problems.map { $0.rendered(file: "f") }
    }

    @Test func addressesNameTheirTransportAndPort() {
        func read(_ text: String) -> String? {
            RelayAddress(text).map { "\($0.server.host) \($0.server.port) \($0.transport)" }
        }
        #expect(read("turn:t.example.org") == "t.example.org 3478 udp")
        #expect(read("turn:t.example.org:443?transport=tcp") == "t.example.org 443 tcp")
        #expect(read("turn:192.0.2.1?transport=udp") == "192.0.2.1 3478 udp")
        #expect(read("turns:[2001:db8::1]") == "2001:db8::1 5349 tls")
        #expect(read("TURNS:t:443?transport=tcp") == "t 443 tls")
        for wrong in [
            "stun:t", "turn:", "turn", "turns:t?transport=udp", "turn:t?transport=sctp", "turn:t:0", "turn:a@t",
        ] {
            #expect(read(wrong) == nil, "\(wrong)")
        }
    }

    @Test func bothWaysOfLoggingInAreRead() {
        let loaded = network(
            """
            { url = "turn:t", username = "u", credential_file = "/c" },
            { url = "turns:t", secret_file = "/s", ca_file = "/ca.pem" },
            { url = "turn:t?transport=tcp", secret_file = "/s", username = "room" }
            """)
        #expect(loaded.problems.isEmpty)
        #expect(
            loaded.configuration.network.turn == [
                .init(url: "turn:t", login: .password(username: "u", file: "/c")),
                .init(url: "turns:t", login: .sharedSecret(username: nil, file: "/s"), caFile: "/ca.pem"),
                .init(url: "turn:t?transport=tcp", login: .sharedSecret(username: "room", file: "/s")),
            ])
    }

    @Test func whatIsMissingOrTooMuchIsSaid() {
        #expect(
            messages(network(#"{ url = "turn:t", username = "u" }"#)) == [
                "f:2: network.turn[0].credential_file: Missing; expected the file that holds the password, or secret_file."
            ])
        #expect(
            messages(network(#"{ url = "turn:t", credential_file = "/c" }"#))
                == ["f:2: network.turn[0].username: Missing; expected the user's name."])
        #expect(
            messages(network(#"{ url = "turn:t", username = "u", credential_file = "/c", secret_file = "/s" }"#))
                == [
                    "f:2: network.turn[0].credential_file: Expected either credential_file or secret_file; came both."
                ])
        let unusable = network(#"{ username = "u", credential_file = "c", credential = "geheim" }"#)
        #expect(
            messages(unusable) == [
                "f:2: network.turn[0].credential: Unknown key. Known here: ca_file, credential_file, secret_file, url, "
                    + "username.",
                #"f:2: network.turn[0].credential_file: Expected an absolute path, or "credential:NAME" for /etc/roomd/secrets/NAME; came "c"."#,
                #"f:2: network.turn[0].url: Missing; expected the server's address, such as "turn:turn.example.org:3478"."#,
            ])
        #expect(!unusable.isUsable && unusable.configuration.network.turn.isEmpty)
    }

    @Test func aWrongAddressSaysWhatIsWrongWithIt() {
        func message(_ url: String) -> String? {
            messages(network(#"{ url = "\#(url)", username = "u", credential_file = "/c" }"#)).first
        }
        let expected =
            #"f:2: network.turn[0].url: Expected "turn:HOST:PORT?transport=udp", "turn:HOST:PORT?transport=tcp" or "#
            + #""turns:HOST:PORT"; came "#
        #expect(message("http://t") == expected + #""http://t"."#)
        #expect(message("turn:t:99999") == expected + #""turn:t:99999". A port is a number from 1 to 65535."#)
        #expect(
            message("turns:t?transport=udp") == expected
                + #""turns:t?transport=udp". TURN over DTLS is not spoken; turns: is TLS over TCP."#)
        #expect(
            message("turn:u@t") == expected
                + #""turn:u@t". The user stands in username, and the password in a file."#)
    }

    @Test func aServiceMayHaveItsOwn() {
        let loaded = network(
            #"{ url = "turn:t", username = "u", credential_file = "/c" }"#,
            """
            [[service]]
            name = "a"
            url = "janus+ws://a"
            turn = [{ url = "turn:own", username = "u", credential_file = "/o" }]
            ice_policy = "relay"
            [[service]]
            name = "b"
            url = "janus+ws://b"
            turn = []
            [[service]]
            name = "c"
            url = "janus+ws://c"
            """)
        #expect(loaded.problems.isEmpty)
        let services = loaded.configuration.services
        #expect(services.map { $0.turn?.map(\.url) } == [["turn:own"], [], nil])
        #expect(services.map(\.icePolicy) == [.relay, nil, nil])
        #expect(loaded.files.map(\.path) == ["/c", "/o"])
    }

    @Test func aRoomThatMayOnlyUseRelaysNeedsOne() {
        let words =
            "\"relay\" needs a TURN server in turn: without one no sound and no picture finds a way. Name one, or set "
            + "ice_policy to \"all\"."
        let alone = network("", "ice_policy = \"relay\"")
        #expect(messages(alone) == ["f:3: network.ice_policy: \(words)"])
        #expect(alone.isUsable && alone.problems.first?.severity == .error)
        let service = ConfigurationLoader.load(
            text: "[[service]]\nname = \"a\"\nurl = \"janus+ws://a\"\nice_policy = \"relay\"")
        #expect(messages(service) == ["f:4: service[0].ice_policy: \(words)"])
        #expect(
            messages(network("", "ice_policy = \"direct\"")) == [
                "f:3: network.ice_policy: Expected one of: all, relay; came \"direct\"."
            ])
    }
}

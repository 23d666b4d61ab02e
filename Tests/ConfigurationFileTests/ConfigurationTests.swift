import Base
import ConfigurationFile
import Glibc
import Testing

@Suite struct ConfigurationTests {
    private func problems(_ text: String) -> [String] {
        ConfigurationLoader.load(text: text).problems.map { $0.rendered(file: "f") }
    }

    private func shipped() throws -> String {
        let folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let descriptor = open("/\(folder)/Config/roomd.toml", O_RDONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    @Test func anEmptyFileGivesTheDefaults() {
        let loaded = ConfigurationLoader.load(text: "")
        #expect(loaded.configuration == RoomConfiguration())
        #expect(loaded.problems.isEmpty && loaded.isUsable)
    }

    @Test func everythingOfTheContractIsRead() {
        let loaded = ConfigurationLoader.load(
            text: """
                [room]
                name = "会议室"
                timezone = "Europe/Berlin"
                address = "Boardroom@Example.org"
                language = "de"
                [control]
                socket = "/tmp/c.sock"
                operators = "staff"
                observers = ""
                [devices]
                camera = "pattern:1280x720@30"
                microphone = "tone:440"
                speaker = "file:out.wav"
                display = "headless:1280x720"
                content = "file:slides.y4m"
                [audio]
                echo_cancellation = false
                gain_control = false
                [video]
                width = 640
                height = 360
                frame_rate = 15
                max_bitrate = 500_000
                codec = "vp9"
                [join]
                policy = "accepted"
                organizers = ["*@Example.org"]
                countdown = "500ms"
                requests = "decline"
                early = "2h"
                late = "1m"
                microphone = true
                camera = false
                overstay = "0s"
                alone = "2s"
                [[calendar]]
                type = "ics"
                url = "file:///etc/roomd/room.ics"
                refresh = "5s"
                [[calendar]]
                url = "https://example.org/room.ics"
                [network]
                stun = ["stun:stun.example.org:3478"]
                turn = [{ url = "turn:t:3478", username = "u", credential_file = "/c" }]
                ice_policy = "relay"
                ports = "50000-50999"
                dscp = false
                [storage]
                state = "/s"
                recordings = "/r"
                [[service]]
                name = "corp"
                url = "janus+ws://127.0.0.1:8188"
                api_secret_file = "/a"
                host_secret_file = "/h"
                """)
        #expect(loaded.problems.isEmpty)
        #expect(loaded.isUsable)
        let read = loaded.configuration
        #expect(read.room.name == "会议室" && read.room.address == "boardroom@example.org")
        #expect(read.control.operators == "staff" && read.control.observers == nil)
        #expect(read.devices.microphone == "tone:440" && read.devices.content == "file:slides.y4m")
        #expect(read.video.maxBitrate == 500_000 && read.video.codec == .vp9 && read.video.frameRate == 15)
        #expect(read.join.countdown == .milliseconds(500) && read.join.early == .seconds(7200))
        #expect(read.join.organizers == ["*@example.org"] && read.join.policy == .accepted)
        #expect(read.calendars.map(\.refresh) == [.seconds(5), .seconds(60)])
        #expect(!read.audio.echoCancellation && read.audio.noiseSuppression && !read.audio.gainControl)
        #expect(read.network.ports == 50000...50999 && read.network.icePolicy == .relay)
        #expect(
            read.network.turn == [.init(url: "turn:t:3478", login: .password(username: "u", file: "/c"))])
        #expect(read.services.first?.hostSecretFile == "/h")
    }

    @Test func theConfigurationThatIsShippedIsValidAndNamesEveryKey() throws {
        let loaded = ConfigurationLoader.load(text: try shipped())
        #expect(loaded.problems == [])
        #expect(loaded.configuration == RoomConfiguration(), "what stands there uncommented is the default")
    }

    @Test func theExamplesThatAreShippedAreValidToo() throws {
        // An example is a comment that reads `# key = …` or `# [[table]]`.
        let lines = try shipped().split(separator: "\n", omittingEmptySubsequences: false).map { line -> Substring in
            guard line.hasPrefix("# ") else { return line }
            let rest = line.dropFirst(2)
            let key = rest.prefix { $0.isLetter || $0 == "_" }
            let isPair = !key.isEmpty && rest.dropFirst(key.count).hasPrefix(" = ")
            return isPair || rest.hasPrefix("[[") ? rest : line
        }
        let loaded = ConfigurationLoader.load(text: lines.joined(separator: "\n"))
        #expect(loaded.problems == [])
        #expect(loaded.configuration.calendars.count == 1)
        #expect(loaded.configuration.services.first?.apiKeyFile == "/etc/roomd/meetingd-key")
        #expect(loaded.configuration.room.timezone == "Europe/Berlin")
    }

    @Test func aMisspeltKeyIsNamedWithItsLineAndASuggestion() {
        let loaded = ConfigurationLoader.load(
            text: """
                # a comment
                [room]
                name = "x"

                nmae = "y"
                [jion]
                policy = "always"
                """)
        #expect(
            loaded.problems.map { $0.rendered(file: "/etc/roomd/roomd.toml") } == [
                #"/etc/roomd/roomd.toml:5: room.nmae: Unknown key. Did you mean "name"?"#,
                #"/etc/roomd/roomd.toml:6: jion: Unknown key. Did you mean "join"?"#,
            ])
        #expect(loaded.problems.allSatisfy { $0.kind == .unknownKey })
        #expect(loaded.isUsable, "no room goes dark over it")
        #expect(loaded.configuration.room.name == "x")
    }

    @Test func wrongValuesSayWhatWasExpectedAndWhatCame() {
        #expect(
            problems("[video]\nwidth = \"wide\"\nheight = 721\ncodec = \"vp88\"\nmax_bitrate = \"automatic\"") == [
                #"f:2: video.width: Expected an even number from 16 to 3840; came "wide"."#,
                "f:3: video.height: Expected an even number from 16 to 2160; came the number 721.",
                #"f:4: video.codec: Expected one of: vp8, vp9; came "vp88". Did you mean "vp8"?"#,
                #"f:5: video.max_bitrate: Expected "auto" or bits per second from 30000 to 100000000; "#
                    + #"came "automatic"."#,
            ])
        #expect(
            problems("[join]\nearly = 60\nlate = \"1 hour\"\nmicrophone = \"no\"\norganizers = [\n\"*\",\n\"ann\"]")
                == [
                    #"f:2: join.early: Expected a duration such as "500ms", "60s", "15m" or "2h"; came the number 60."#,
                    #"f:3: join.late: Expected a duration such as "500ms", "60s", "15m" or "2h"; came "1 hour"."#,
                    #"f:4: join.microphone: Expected true or false; came "no"."#,
                    #"f:7: join.organizers[1]: Expected "*", an address such as "ann@example.org", or a domain such "#
                        + #"as "*@example.org"; came "ann"."#,
                ])
        #expect(problems("room = 7") == ["f:1: room: Expected a table, [room]; came the number 7."])
        #expect(problems("[room]\ntimezone = \"Europe/Berln\"").count == 1)
        #expect(problems("[network]\nports = \"9-5\"").count == 1)
        #expect(problems("[calendar]\nurl = \"file:///x\"").first?.contains("[[calendar]]") == true)
    }

    @Test(arguments: [
        "camera = \"patern:1280x720@30\"", "camera = \"pattern:1281x720@30\"", "camera = \"pattern:1200\"",
        "microphone = \"tone:loud\"", "display = \"headless:big\"", "speaker = \"silence\"", "content = \"auto\"",
        "camera = \"file:\"", "display = \"HDMI\"", "display = \"HDMI-A-\"", "display = \"1-2\"",
        "display_mode = \"1920\"", "display_mode = \"1920x1080@0\"", "display_standby = \"10s\"",
        "display_standby = \"soon\"", "cec = \"yes\"",
    ])
    func deviceSpecificationsAreChecked(line: String) {
        #expect(problems("[devices]\n" + line).count == 1)
    }

    @Test func theDisplaysModeSleepAndTelevisionAreRead() {
        func devices(_ lines: String) -> RoomConfiguration.Devices {
            let loaded = ConfigurationLoader.load(text: "[devices]\n" + lines)
            #expect(loaded.problems.isEmpty, "\(loaded.problems)")
            return loaded.configuration.devices
        }
        let usual = devices("display_mode = \"auto\"\ndisplay_standby = \"never\"\ncec = \"auto\"")
        #expect(usual == RoomConfiguration().devices)
        let set = devices(
            "display = \"HDMI-A-1\"\ndisplay_mode = \"3840x2160@29.97\"\ndisplay_standby = \"30m\"\ncec = \"/dev/cec1\""
        )
        #expect(set.display == "HDMI-A-1" && set.displayMode == "3840x2160@29.97")
        #expect(set.displayStandby == .seconds(1800) && set.cec == "/dev/cec1")
        #expect(devices("cec = \"none\"").cec == nil)
    }

    @Test func channelsOfSoundCardsAreCountedFromOne() {
        func audio(_ value: String) -> RoomConfiguration.Audio {
            let text = "[audio]\nmicrophone_channels = \"\(value)\"\nspeaker_channels = \"\(value)\""
            return ConfigurationLoader.load(text: text).configuration.audio
        }
        #expect(audio("all") == RoomConfiguration().audio)
        #expect(audio("1, 3").microphoneChannels == [1, 3] && audio("2").speakerChannels == [2])
        for bad in ["", "0", "65", "1,", "1,1", "left", "1-3", "-1", "1 2", "1,3 4", "+1"] {
            let found = problems("[audio]\nmicrophone_channels = \"\(bad)\"")
            #expect(found.count == 1 && found[0].contains("channels counted from 1"), "\(bad): \(found)")
        }
    }

    @Test func missingKeysAreReportedAtTheirTable() {
        let text =
            "[room]\nname = \"x\"\n\n[[service]]\nname = \"a\"\nurl = \"janus+ws://h\"\n\n[[service]]\nname = \"a\"\n"
        #expect(
            problems(text) == [
                #"f:8: service[1].url: Missing; expected the service's address, such as "janus+ws://127.0.0.1:8188"."#
            ])
        #expect(
            problems(text + "url = \"janus+wss://h\"") == [
                #"f:9: service[1].name: Another service is called "a"; names must differ."#
            ])
    }

    @Test func aDurationThatIsTooLongOrTooShortIsToldTheRange() {
        #expect(
            problems("[join]\nearly = \"100000h\"\nlate = \"99999999999999999999s\"") == [
                #"f:2: join.early: Expected a duration from 0s to 8784h; came "100000h"."#,
                #"f:3: join.late: Expected a duration from 0s to 8784h; came "99999999999999999999s"."#,
            ])
        #expect(problems("[join]\nearly = \"8784h\"").isEmpty)
        #expect(
            problems("[[calendar]]\nurl = \"file:///x\"\nrefresh = \"500ms\"") == [
                #"f:3: calendar[0].refresh: Expected a duration from 1s to 8784h; came "500ms"."#
            ])
    }

    @Test(arguments: ["0", "99999", "65536", "x", "-1", "+80", ""])
    func aPortThatIsNoneIsRefusedInEveryAddress(_ port: String) {
        let hint = "A port is a number from 1 to 65535."
        let tables = [
            "[[service]]\nname = \"a\"\nurl = \"janus+ws://h:\(port)\"",
            "[[service]]\nname = \"a\"\nurl = \"janus+wss://[::1]:\(port)/x\"",
            "[[calendar]]\nurl = \"https://u:p@h:\(port)/c.ics\"", "[network]\nstun = [\"stun:h:\(port)\"]",
        ]
        for text in tables {
            let found = problems(text)
            #expect(found.count == 1 && found.first?.hasSuffix(hint) == true, "\(text): \(found)")
        }
        let server = "url = \"turn:h:\(port)?transport=udp\", username = \"u\", credential_file = \"/c\""
        let turn = "[network]\nturn = [{ \(server) }]"
        #expect(problems(turn).contains { $0.hasSuffix(hint) })
        #expect(!ConfigurationLoader.load(text: turn).isUsable)
    }

    @Test(arguments: [
        "[[service]]\nname = \"a\"\nurl = \"janus+ws://h:1\"",
        "[[service]]\nname = \"a\"\nurl = \"janus+wss://[::1]:65535/x\"",
        "[[calendar]]\nurl = \"https://u:p@h:443/c.ics?key=a:0\"", "[[calendar]]\nurl = \"http://h\"",
        "[network]\nstun = [\"stun:[::1]:3478\"]",
    ])
    func portsThatAreSomeAreTaken(_ text: String) {
        #expect(problems(text).isEmpty)
    }

    @Test func aServiceTakesNoUserName() {
        let found = problems("[[service]]\nname = \"a\"\nurl = \"janus+ws://me@h\"")
        #expect(found.count == 1 && found.first?.contains("no user name") == true)
    }

    @Test func whatThisVersionDoesNotServeIsAWarningAndKeepsNoRoomDark() {
        let loaded = ConfigurationLoader.load(
            text: """
                [[service]]
                name = "a"
                url = "meet+wss://h"
                """)
        #expect(
            loaded.problems.map { $0.rendered(file: "f") } == [
                "f:3: warning: service[0].url: meet+ws and meet+wss services are not served by this version: the room "
                    + "cannot join their meetings."
            ])
        #expect(loaded.problems.allSatisfy { $0.kind == .unserved && $0.severity == .warning })
        #expect(loaded.isUsable)
    }

    @Test func toJoinOnlyWhatIsAcceptedNeedsTheMailbox() {
        let text = "[room]\nname = \"x\"\n[join]\npolicy = \"accepted\"\n"
        let loaded = ConfigurationLoader.load(text: text)
        #expect(loaded.problems.map(\.line) == [4] && loaded.problems.first?.severity == .error)
        #expect(loaded.problems.first?.kind == .ineffective && loaded.isUsable, "it can still be joined by hand")
        #expect(loaded.configuration.join.policy == .accepted)
        let message = loaded.problems.first?.rendered(file: "f") ?? ""
        #expect(message.hasPrefix("f:4: join.policy: ") && message.contains("room.address"), "\(message)")
        #expect(problems("[room]\naddress = \"a@b\"\n[join]\npolicy = \"accepted\"").isEmpty)
        #expect(problems("[room]\naddress = \"ab\"\n[join]\npolicy = \"accepted\"").count == 1, "told once")
    }

    @Test(arguments: [
        "[room", "name = ", "[room]\nname = \"a\"\nname = \"b\"", "x = 1e", "a\u{0}b = 1", "= 3", "\"\"\"",
    ])
    func whatIsNotTOMLHasItsLine(text: String) {
        let loaded = ConfigurationLoader.load(text: text)
        #expect(loaded.problems.count == 1 && loaded.problems.first?.kind == .syntax)
        #expect(!loaded.isUsable)
        #expect((1...3).contains(loaded.problems.first?.line ?? 0))
    }

    @Test func aFileThatCannotBeReadSaysWhy() {
        let error = #expect(throws: ConfigurationFileError.self) { try ConfigurationLoader.load(path: "/nowhere.toml") }
        #expect(error?.description == "/nowhere.toml: the configuration cannot be read: No such file or directory.")
    }

    @Test(arguments: [
        ("stun:stun.example.org", "stun.example.org", 3478), ("stun:192.0.2.1:99", "192.0.2.1", 99),
        ("stun:[2001:db8::1]:3479", "2001:db8::1", 3479), ("stun:[::1]", "::1", 3478),
    ])
    func aStunServerIsANameOrAnAddressWithAPort(_ text: String, _ host: String, _ port: Int) throws {
        let address = try #require(ServerAddress(stun: text))
        #expect(address.host == host && Int(address.port) == port)
    }

    @Test(arguments: [
        "stun.example.org", "stun:", "stun://host", "stun:host:", "stun:host:0", "stun:host:65536", "stun:host:x",
        "stun:::1", "stun:[::1", "stun:[::1]x", "turn:host", "stun:a b", "stun:user@host",
    ])
    func whatIsNoStunServerIsNone(_ text: String) {
        #expect(ServerAddress(stun: text) == nil)
    }

    @Test(arguments: [
        ("[room]\nname = Boardroom", 2, "text in straight double quotes"),
        ("[room]\nname = “x”", 2, "text in straight double quotes"),
        ("[room]\nname = \"a\n", 2, "its second quote is missing in this line"),
        ("[room]\nname = 'a\n", 2, "its second quote is missing in this line"),
        ("[room]\nname = \"a\"\nname = \"b\"", 3, "the key “name” stands twice"),
        ("[room]\n[room]", 2, "the table [room] stands twice"),
        ("[[service]]\nname = \"a\"\n[service]", 3, "expected [[service]] in double brackets"),
        ("room = 3\n[room]", 2, "“room” has a value further up"),
        ("[room\nname = \"a\"", 1, "expected “]”, as in [room]"),
        ("[join]\nmicrophone = True", 2, "expected true or false, in lower case"),
        ("[join]\norganizers = [\"a\", \"b\"\n[video]", 3, "a list that was begun here or further up"),
        ("[join]\ncountdown = 10s", 2, "stands in double quotes (\"10s\")"),
        ("[storage]\nstate = \"C:\\dir\"", 2, "write \\\\ for a backslash"),
        ("[network]\nturn = [{ url = \"turn:h\", }]", 2, "remove the comma before “}”"),
    ])
    func commonMistakesAreToldInOurWords(text: String, line: Int, words: String) throws {
        let problem = try #require(ConfigurationLoader.load(text: text).problems.first)
        #expect(problem.kind == .syntax && problem.line == line)
        #expect(problem.message.hasPrefix("Not TOML: ") && problem.message.contains(words), "\(problem.message)")
        #expect(!problem.message.contains("Error while parsing"))
    }

    @Test func metricsAreServedWhereTheFileSaysAndNowhereElse() {
        #expect(ConfigurationLoader.load(text: "").configuration.metrics == RoomConfiguration().metrics)
        let loaded = ConfigurationLoader.load(
            text: "[metrics]\nsocket = \"/run/roomd/metrics.sock\"\nlisten = \"[::1]:9464\"")
        #expect(loaded.problems.isEmpty)
        #expect(loaded.configuration.metrics.socket == "/run/roomd/metrics.sock")
        #expect(loaded.configuration.metrics.listen?.description == "[::1]:9464")
        let control = problems("[control]\nsocket = \"/tmp/a.sock\"\n[metrics]\nsocket = \"/tmp/a.sock\"")
        #expect(control == ["f:4: metrics.socket: That is the control socket; the metrics need one of their own."])
    }

    @Test(arguments: [
        "0.0.0.0:9464", "192.0.2.1:9464", "[::]:9464", "localhost:9464", "127.0.0.1", "127.0.0.1:0", ":9464",
        "::1:9464",
        "http://127.0.0.1:9464", "",
    ])
    func metricsAreForThisMachineOnly(_ text: String) {
        let found = problems("[metrics]\nlisten = \"\(text)\"")
        #expect(
            found.count == 1
                && found.first?.hasPrefix("f:2: metrics.listen: Expected a loopback address") == true)
        let isElsewhere = text.hasPrefix("0.") || text.hasPrefix("192.") || text.hasPrefix("[::]")
        #expect(found.first?.hasSuffix("pass the metrics on.") == isElsewhere, "\(found)")
    }
}

import Base

extension RoomConfiguration {
    /// Reads the file's root table. Values that are absent or no good keep their defaults.
    init(_ root: SectionReader) {
        var root = root
        self.init()
        room.read(root.section("room"))
        control.read(root.section("control"))
        devices.read(root.section("devices"))
        audio.read(root.section("audio"))
        video.read(root.section("video"))
        join.read(root.section("join"))
        network.read(root.section("network"))
        storage.read(root.section("storage"))
        metrics.read(root.section("metrics"), control: control)
        calendars = root.sections("calendar").compactMap(Calendar.init)
        services = Self.services(root.sections("service"), network)
        if join.policy == .accepted, room.address == nil, !root.isReported("room.address") {
            root.report(
                "join.policy",
                "\"accepted\" needs [room] address, the room's mailbox: without it no invitation is ever found accepted, "
                    + "and nothing is joined but by hand. Set room.address, or join.policy to \"always\" or \"button\".",
                .ineffective)
        }
        if network.icePolicy == .relay, network.turn.isEmpty, services.allSatisfy({ $0.turn?.isEmpty ?? true }) {
            root.report("network.ice_policy", Network.needsRelays, .ineffective)
        }
        root.finish()
    }

    private static func services(_ sections: [SectionReader], _ network: Network) -> [Service] {
        var services: [Service] = []
        for section in sections {
            guard let service = Service(section, network) else { continue }
            if services.contains(where: { $0.name == service.name }) {
                section.report("name", "Another service is called \"\(service.name)\"; names must differ.")
            }
            services.append(service)
        }
        return services
    }
}

extension RoomConfiguration.Room {
    fileprivate mutating func read(_ section: SectionReader) {
        var section = section
        name = section.text("name", .notEmpty) ?? name
        timezone = section.text("timezone", .timezone)
        address = section.text("address", .address)?.lowercased()
        language = section.text("language", .language) ?? language
        section.finish()
    }
}

extension RoomConfiguration.Control {
    fileprivate mutating func read(_ section: SectionReader) {
        var section = section
        socket = section.text("socket", .socket) ?? socket
        if let group = section.text("operators") { operators = group.isEmpty ? nil : group }
        if let group = section.text("observers") { observers = group.isEmpty ? nil : group }
        section.finish()
    }
}

extension RoomConfiguration.Audio {
    fileprivate mutating func read(_ section: SectionReader) {
        var section = section
        echoCancellation = section.flag("echo_cancellation") ?? echoCancellation
        noiseSuppression = section.flag("noise_suppression") ?? noiseSuppression
        gainControl = section.flag("gain_control") ?? gainControl
        if let channels = section.text("microphone_channels", .channels) {
            microphoneChannels = ValueCheck.channels(channels)
        }
        if let channels = section.text("speaker_channels", .channels) {
            speakerChannels = ValueCheck.channels(channels)
        }
        section.finish()
    }
}

extension RoomConfiguration.Devices {
    fileprivate mutating func read(_ section: SectionReader) {
        var section = section
        camera = section.text("camera", .camera) ?? camera
        microphone = section.text("microphone", .microphone) ?? microphone
        speaker = section.text("speaker", .speaker) ?? speaker
        display = section.text("display", .display) ?? display
        content = section.text("content", .content) ?? content
        if let mode = section.text("display_mode", .displayMode) { displayMode = mode == "auto" ? nil : mode }
        if let standby = section.durationOrWord("display_standby", word: "never", atLeast: .seconds(60)) {
            displayStandby = standby
        }
        if let adapter = section.text("cec", .cec) { cec = adapter == "none" ? nil : adapter }
        section.refer("camera", to: Self.file(camera), as: .camera)
        section.refer("microphone", to: Self.file(microphone), as: .microphone)
        section.refer("speaker", to: Self.file(speaker), as: .speaker)
        section.refer("content", to: Self.file(content), as: .content)
        section.finish()
    }

    private static func file(_ device: String) -> String? {
        device.hasPrefix("file:") ? String(device.dropFirst("file:".count)) : nil
    }
}

extension RoomConfiguration.Video {
    fileprivate mutating func read(_ section: SectionReader) {
        var section = section
        width = section.whole("width", in: 16...3840, even: true) ?? width
        height = section.whole("height", in: 16...2160, even: true) ?? height
        frameRate = section.number("frame_rate", in: 1...60) ?? frameRate
        if let rate = section.bitrate("max_bitrate", in: 30_000...100_000_000) { maxBitrate = rate }
        codec = section.word("codec") ?? codec
        section.finish()
    }
}

extension RoomConfiguration.Join {
    fileprivate mutating func read(_ section: SectionReader) {
        var section = section
        policy = section.word("policy") ?? policy
        organizers = section.texts("organizers", .organizer)?.map { $0.lowercased() } ?? organizers
        countdown = section.duration("countdown") ?? countdown
        requests = section.word("requests") ?? requests
        early = section.duration("early") ?? early
        late = section.duration("late") ?? late
        microphone = section.flag("microphone") ?? microphone
        camera = section.flag("camera") ?? camera
        overstay = section.duration("overstay") ?? overstay
        alone = section.duration("alone") ?? alone
        section.finish()
    }
}

extension RoomConfiguration.Calendar {
    fileprivate init?(_ section: SectionReader) {
        var section = section
        self.init()
        kind = section.word("type") ?? kind
        section.require("url", "the calendar's address, file:///… or https://…")
        let read = section.text("url", .calendarURL)
        refresh = section.duration("refresh", atLeast: .seconds(1)) ?? refresh
        section.finish()
        guard let read else { return nil }
        url = read
        section.refer("url", to: FileURL.path(of: read), as: .calendar)
    }
}

extension RoomConfiguration.Network {
    fileprivate mutating func read(_ section: SectionReader) {
        var section = section
        stun = section.texts("stun", .stun) ?? stun
        turn = section.sections("turn").compactMap(RoomConfiguration.TURN.init)
        icePolicy = section.word("ice_policy") ?? icePolicy
        ports = section.text("ports", Self.portRange).flatMap(Self.ports)
        dscp = section.flag("dscp") ?? dscp
        section.finish()
    }

    /// A room that may use relays only and has none is heard by nobody.
    fileprivate static let needsRelays =
        "\"relay\" needs a TURN server in turn: without one no sound and no picture finds a way. Name one, or set "
        + "ice_policy to \"all\"."

    private static let portRange = ValueCheck(
        expected: "\"0-0\" (any) or a range of at least 10 ports such as \"50000-50999\""
    ) { text in
        text == "0-0" || ports(text) != nil
    }

    /// Each peer connection takes a socket per local address: fewer than ten ports would not last for one meeting.
    private static func ports(_ text: String) -> ClosedRange<UInt16>? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let first = UInt16(parts[0]), let last = UInt16(parts[1]), first >= 1024,
            last >= first, last - first >= 9
        else { return nil }
        return first...last
    }
}

extension RoomConfiguration.TURN {
    fileprivate init?(_ section: SectionReader) {
        var section = section
        section.require("url", "the server's address, such as \"turn:turn.example.org:3478\"")
        let read = (url: section.text("url", .turn), username: section.text("username", .notEmpty))
        let isShared = section.has("secret_file")
        if isShared {
            if section.has("credential_file") {
                section.report("credential_file", "Expected either credential_file or secret_file; came both.")
            }
        } else {
            section.require("username", "the user's name")
            section.require("credential_file", "the file that holds the password, or secret_file")
        }
        let (credential, secret) = (section.secretFile("credential_file"), section.secretFile("secret_file"))
        let authority = section.text("ca_file", .path)
        section.finish()
        guard let url = read.url, let file = isShared ? secret : credential else { return nil }
        if isShared {
            self.init(url: url, login: .sharedSecret(username: read.username, file: file), caFile: authority)
        } else if let username = read.username {
            self.init(url: url, login: .password(username: username, file: file), caFile: authority)
        } else {
            return nil
        }
        section.refer(isShared ? "secret_file" : "credential_file", to: file, as: .relayCredential)
        section.refer("ca_file", to: authority, as: .relayAuthority)
    }
}

extension RoomConfiguration.Storage {
    fileprivate mutating func read(_ section: SectionReader) {
        var section = section
        state = section.text("state", .path) ?? state
        recordings = section.text("recordings", .path) ?? recordings
        section.finish()
    }
}

extension RoomConfiguration.Metrics {
    fileprivate mutating func read(_ section: SectionReader, control: RoomConfiguration.Control) {
        var section = section
        socket = section.text("socket", .socket)
        listen = section.text("listen", .loopback).flatMap(ValueCheck.loopback)
        if socket == control.socket {
            section.report("socket", "That is the control socket; the metrics need one of their own.")
            socket = nil
        }
        section.finish()
    }
}

extension RoomConfiguration.Service {
    /// - Parameter network: what holds where the service says nothing.
    fileprivate init?(_ section: SectionReader, _ network: RoomConfiguration.Network) {
        var section = section
        self.init()
        section.require("name", "a name to call the service by")
        section.require("url", "the service's address, such as \"janus+ws://127.0.0.1:8188\"")
        let read = (section.text("name", .notEmpty), section.text("url", .serviceURL))
        apiSecretFile = section.secretFile("api_secret_file")
        hostSecretFile = section.secretFile("host_secret_file")
        caFile = section.text("ca_file", .path)
        apiKeyFile = section.text("api_key_file", .path)
        let hasRelays = section.has("turn")
        let relays = section.sections("turn").compactMap(RoomConfiguration.TURN.init)
        if hasRelays { turn = relays }
        icePolicy = section.word("ice_policy")
        // Where nothing is said here, [network] is to blame.
        if turn != nil || icePolicy != nil, icePolicy ?? network.icePolicy == .relay,
            (turn ?? network.turn).isEmpty
        {
            section.report("ice_policy", RoomConfiguration.Network.needsRelays, .ineffective)
        }
        if let url = read.1, url.hasPrefix("meet+") {
            section.report(
                "url",
                "meet+ws and meet+wss services are not served by this version: the room cannot join their meetings.",
                .unserved)
        } else {
            section.refer("api_secret_file", to: apiSecretFile, as: .apiSecret)
            section.refer("host_secret_file", to: hostSecretFile, as: .hostSecret)
            section.refer("ca_file", to: caFile, as: .authority)
        }
        section.finish()
        guard case (let name?, let url?) = read else { return nil }
        (self.name, self.url) = (name, url)
    }
}

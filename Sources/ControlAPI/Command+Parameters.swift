import Base
import JSON

extension Command {
    /// Reads checked parameters.
    /// - Throws: −32602 for what the table's schemas cannot say (a width that is odd, an interval of 50 ms).
    /// - Returns: nil for the methods that the server answers itself and for those not served.
    public init?(_ method: MethodName, _ parameters: Parameters) throws(RPCError) {
        let read = parameters
        switch method {
        case .rpcDiscover, .systemInfo, .stateGet, .stateSubscribe, .stateUnsubscribe, .eventsSubscribe,
            .eventsUnsubscribe:
            return nil
        case .systemReload, .meetingLock, .participantsRequestCamera, .participantsAdmit,
            .participantsDeny, .participantsSetRole, .hostTransfer, .handSet, .requestsMake, .requestsRespond,
            .streamsSubscribe, .streamsUnsubscribe, .shareSources, .shareStart, .shareStop, .recordingList,
            .diagnosticsBundle:
            return nil
        case .statisticsGet: self = .statistics
        case .meetingStart:
            self = .startMeeting(
                title: read.text("title"), service: read.text("service"), passcode: read.text("passcode"))
        case .meetingJoin:
            self = .joinMeeting(
                Join(
                    url: read.text("url") ?? "", passcode: read.text("passcode"),
                    displayName: read.text("displayName"), microphone: read.flag("microphone"),
                    camera: read.flag("camera")))
        case .meetingLeave: self = .leaveMeeting(transferTo: read.text("transferTo"))
        case .meetingEnd: self = .endMeeting
        case .microphoneSet: self = .setMicrophone(enabled: read.flag("enabled") ?? false)
        case .cameraSet: self = .setCamera(enabled: read.flag("enabled") ?? false)
        case .speakerSet:
            guard read["volume"] != nil || read["muted"] != nil else {
                throw .invalidParameter("volume", "Give volume, muted or both; came neither.")
            }
            self = .setSpeaker(volume: read.whole("volume"), muted: read.flag("muted"))
        case .videoConfigure: self = .configureVideo(try VideoSettings(read))
        case .devicesList: self = .listDevices(read.word("kind"))
        case .devicesSelect:
            self = .selectDevice(read.word("kind") ?? .camera, id: read.text("id") ?? "")
        case .devicesConfigure: self = try Self.configuration(read)
        case .levelsReport:
            let interval = read.whole("interval") ?? 0
            guard interval == 0 || interval >= 100 else {
                let expected = "interval: expected 0 (off) or a whole number of at least 100, came \(interval)."
                throw .invalidParameter("interval", expected)
            }
            self = .reportLevels(every: interval == 0 ? nil : .milliseconds(interval))
        case .participantsList: self = .listParticipants
        case .participantsRequestMicrophone:
            self = .requestMicrophone(
                participant: read.text("participant") ?? "", enabled: read.flag("enabled") ?? false)
        case .participantsMuteAll: self = .muteAll(allowSelfUnmute: read.flag("allowSelfUnmute") ?? true)
        case .participantsRemove: self = .removeParticipant(read.text("participant") ?? "")
        case .recordingStart: self = .startRecording(read.word("where") ?? .service, read.word("mode"))
        case .recordingStop: self = .stopRecording(read.word("where"))
        case .layoutSet: self = .setLayout(read.word("mode") ?? .grid, selfview: read.flag("selfview"))
        case .layoutPin: self = .pin(participant: read.text("participant"))
        case .displayPower: self = .setDisplayPower(on: read.text("state") == "on")
        case .displaySnapshot: self = .snapshot(width: read.whole("width") ?? 640)
        case .displayMessage:
            self = .showMessage(read.text("text") ?? "", for: .seconds(read["seconds"]?.doubleValue ?? 10))
        case .scheduleList:
            self = .listSchedule(from: read.time("from"), to: read.time("to"))
        case .scheduleRefresh: self = .refreshSchedule
        case .scheduleJoin: self = .joinEvent(id: read.text("id") ?? "")
        case .scheduleDismiss: self = .dismissEvent(id: read.text("id") ?? "")
        case .scheduleSimulate: self = try Self.simulation(read)
        case .diagnosticsHealth: self = .health
        }
    }

    private static func configuration(_ read: Parameters) throws(RPCError) -> Command {
        guard case .object(let given)? = read["controls"], !given.isEmpty else {
            throw .invalidParameter("controls", "controls: expected at least one control with its value, came none.")
        }
        guard given.count <= 64 else {
            throw .invalidParameter("controls", "controls: expected at most 64 controls, came \(given.count).")
        }
        var controls: [String: Int] = [:]
        for (name, value) in given {
            switch value {
            case .bool(let flag): controls[name] = flag ? 1 : 0
            case .integer(let number): controls[name] = Int(number)
            default:
                throw .invalidParameter(
                    "controls.\(name.prefix(40))",
                    "controls.\(name.prefix(40)): expected a whole number, true or false, came \(value.kind).")
            }
        }
        return .configureDevice(id: read.text("id") ?? "", controls: controls)
    }

    /// The longest span that `schedule.simulate` computes: a year and a day.
    private static let longestSimulation = Duration.seconds(366 * 86_400)

    private static func simulation(_ read: Parameters) throws(RPCError) -> Command {
        guard let from = read.time("from"), let to = read.time("to"), from < to else {
            throw .invalidParameter("to", "to: expected an instant after from.")
        }
        guard to - from <= longestSimulation else {
            throw .invalidParameter("to", "to: expected an instant at most 366 days after from.")
        }
        return .simulateSchedule(from: from, to: to)
    }
}

extension Command.VideoSettings {
    fileprivate init(_ read: Parameters) throws(RPCError) {
        width = read.whole("width")
        height = read.whole("height")
        frameRate = read["frameRate"]?.doubleValue
        maxBitrate = read.whole("maxBitrate")
        minBitrate = read.whole("minBitrate")
        preference = read.word("preference")
        layers = read["layers"]?.arrayValue?.map { layer in
            Layer(
                width: Int(layer["width"]?.integerValue ?? 0), height: Int(layer["height"]?.integerValue ?? 0),
                maxBitrate: layer["maxBitrate"]?.integerValue.map { Int($0) })
        }
        for (name, value) in [("width", width), ("height", height)] {
            guard let value, !value.isMultiple(of: 2) else { continue }
            throw .invalidParameter(name, "\(name): expected an even number (4:2:0 video), came \(value).")
        }
        if let least = minBitrate, let most = maxBitrate, most > 0, least > most {
            throw .invalidParameter(
                "minBitrate", "minBitrate: expected at most maxBitrate (\(most)), came \(least).")
        }
    }
}

extension Parameters {
    fileprivate func text(_ name: String) -> String? { self[name]?.stringValue }
    fileprivate func flag(_ name: String) -> Bool? { self[name]?.boolValue }
    fileprivate func whole(_ name: String) -> Int? { self[name]?.integerValue.map { Int($0) } }
    fileprivate func time(_ name: String) -> UTCTime? { self[name]?.stringValue.flatMap { UTCTime(rfc3339: $0) } }

    fileprivate func word<Word: RawRepresentable<String>>(_ name: String) -> Word? {
        self[name]?.stringValue.flatMap(Word.init(rawValue:))
    }
}

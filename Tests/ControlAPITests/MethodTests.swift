import ControlAPI
import JSON
import Testing

@Suite struct MethodTests {
    private func admit(_ method: String, _ parameters: JSONValue? = nil, as access: AccessLevel = .operator)
        -> RPCError?
    {
        do throws(RPCError) {
            let request = RPCRequest(id: RequestID(1), method: method, parameters: parameters)
            let (method, parameters) = try Method.admit(request, from: access)
            _ = try Command(method.name, parameters)
            return nil
        } catch {
            return error
        }
    }

    @Test func everyMethodOfTheContractIsInTheTableOnce() {
        #expect(Method.all.count == MethodName.allCases.count)
        #expect(Set(Method.all.map(\.name)) == Set(MethodName.allCases))
    }

    @Test func methodsOfLaterVersionsSayThatTheyAreNotOffered() {
        for method in Method.all where !method.isServed {
            #expect(admit(method.name.rawValue, nil, as: .admin)?.reason == .unsupportedByService)
        }
    }

    @Test func aMisspeltMethodGetsASuggestion() {
        let error = admit("microfone.set")
        #expect(error?.code == -32601)
        #expect(error?.message.contains("microphone.set") == true)
    }

    @Test func aWrongParameterIsNamedWithWhatWasExpectedAndWhatCame() {
        let error = admit("speaker.set", ["volume": 130])
        #expect(error?.code == -32602)
        #expect(error?.parameter == "volume")
        #expect(error?.message == "volume: expected a whole number from 0 to 100, came 130.")
        #expect(admit("microphone.set", [:])?.message == "enabled: expected true or false, came nothing.")
        #expect(
            admit("microphone.set", ["enabled": "yes"])?.message == "enabled: expected true or false, came a string.")
        #expect(admit("microphone.set", ["enabled": true, "x": 1])?.parameter == "x")
        #expect(
            admit("layout.set", ["mode": "gird"])?.message
                == "mode: expected one of: grid, speaker, content, selfview, came \"gird\".")
        #expect(admit("video.configure", ["layers": [["width": 1, "height": 180]]])?.parameter == "layers.0.width")
        #expect(admit("levels.report", ["interval": 50])?.parameter == "interval")
        #expect(admit("speaker.set", [:])?.parameter == "volume")
        #expect(admit("video.configure", ["width": 1281])?.parameter == "width")
    }

    @Test func nullAndAbsentMeanTheSame() {
        #expect(admit("meeting.start", ["title": .null, "passcode": .null]) == nil)
        #expect(admit("layout.pin", ["participant": .null]) == nil)
        #expect(admit("microphone.set", ["enabled": .null])?.parameter == "enabled")
    }

    @Test func parametersMayComeByPosition() throws {
        let request = RPCRequest(id: nil, method: "participants.requestMicrophone", parameters: ["7", false])
        let (method, parameters) = try Method.admit(request, from: .operator)
        #expect(try Command(method.name, parameters) == .requestMicrophone(participant: "7", enabled: false))
        #expect(admit("microphone.set", [true, 2])?.code == -32602)
    }

    @Test func secretsAreNotRepeatedInMessages() {
        let error = admit("meeting.join", ["url": "janus+ws://x/?pin=hunter2", "passcode": ["hunter2"]])
        #expect(error?.message.contains("hunter2") == false)
    }

    @Test func observersOnlyRead() {
        for method in Method.all where method.isServed {
            let refused = admit(method.name.rawValue, nil, as: .observer)?.reason == .notPermitted
            #expect(refused == (method.access > .observer), "\(method.name.rawValue)")
        }
        #expect(admit("display.snapshot", nil, as: .observer)?.reason == .notPermitted)
        #expect(admit("schedule.list", nil, as: .observer) == nil)
    }

    @Test func discoveryListsExactlyWhatIsServed() {
        let document = OpenRPC.document(version: "0.1")
        let names = document["methods"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
        #expect(names == Method.all.filter(\.isServed).map(\.name.rawValue))
        #expect(!names.contains("share.start"))
        #expect(document["methods"]?.arrayValue?.allSatisfy { $0["params"] != nil && $0["result"] != nil } == true)
    }

    @Test func discoveryNamesEachErrorCodeOnceWithAllItsReasons() {
        let document = OpenRPC.document(version: "0.1")
        for described in document["methods"]?.arrayValue ?? [] {
            let errors = described["errors"]?.arrayValue ?? []
            #expect(Set(errors.map { $0["code"] }).count == errors.count, "\(described["name"]?.text ?? "")")
        }
        let join = document["methods"]?.arrayValue?.first { $0["name"] == "meeting.join" }
        let reasons = join?["errors"]?[0]?["data"]?["reasons"]?.objectValue ?? [:]
        #expect(Set(reasons.keys) == Set(Method.definition(of: .meetingJoin).errors.map(\.rawValue)))
        #expect(reasons["wrong_passcode"] == .string(Reason.wrongPasscode.summary))
    }

    @Test func whatMayBeLeftOutMayBeNullInTheSchema() {
        let schema = Schema.object(
            .required("a", .text), .optional("b", .count, "How many."), .optional("c", .nullable(.text)),
            .optional("d", .any))
        #expect(
            schema.json == [
                "type": "object", "required": ["a"], "additionalProperties": false,
                "properties": [
                    "a": ["type": "string"],
                    "b": [
                        "anyOf": [["type": "integer", "minimum": 0], ["type": "null"]], "description": "How many.",
                    ],
                    "c": ["anyOf": [["type": "string"], ["type": "null"]]], "d": [:],
                ],
            ])
    }

    @Test func whatTheServerDoesNotAnswerItselfMakesACommand() throws {
        let own: Set<MethodName> = [
            .rpcDiscover, .systemInfo, .stateGet, .stateSubscribe, .stateUnsubscribe, .eventsSubscribe,
            .eventsUnsubscribe,
        ]
        for method in Method.all {
            var members: [String: JSONValue] = [:]
            for field in method.parameters where field.isRequired || field.name == "muted" {
                members[field.name] = sample(field.schema)
            }
            if method.name == .scheduleSimulate { members["to"] = "2026-01-02T00:00:00Z" }
            let command = try Command(method.name, try method.parameters(from: .object(members)))
            #expect((command != nil) == (method.isServed && !own.contains(method.name)), "\(method.name.rawValue)")
        }
    }

    @Test func whatAMeetingOutsideTheCalendarWillDoHasNoEvent() {
        let why: JSONValue = ["code": "leave.deserted", "text": "Everybody else has left."]
        let decision: JSONValue = ["at": "2026-01-01T00:00:00.000Z", "event": .null, "action": "leave", "why": why]
        #expect(throws: Never.self) {
            try Method.definition(of: .scheduleSimulate).result.validate(["decisions": [decision]])
        }
    }

    @Test func controlsOfADeviceAreWholeNumbersOrSwitches() throws {
        func command(_ controls: JSONValue) throws -> Command? {
            let method = Method.definition(of: .devicesConfigure)
            return try Command(method.name, try method.parameters(from: ["id": "c", "controls": controls]))
        }
        #expect(
            try command(["zoom": 200, "focusAutomatic": false, "exposureMode": true])
                == .configureDevice(id: "c", controls: ["zoom": 200, "focusAutomatic": 0, "exposureMode": 1]))
        for (controls, parameter): (JSONValue, String) in [
            ([:], "controls"), (["zoom": 1.5], "controls.zoom"), (["zoom": "200"], "controls.zoom"),
        ] {
            let error = #expect(throws: RPCError.self) { try command(controls) }
            #expect(error?.code == -32602)
            #expect(error?.parameter == parameter, "\(String(describing: error))")
        }
    }

    @Test func whatVideoConfigureRefusesIsSaid() throws {
        let method = Method.definition(of: .videoConfigure)
        #expect(method.errors.contains(.deviceLost))
        for name in ["minBitrate", "preference"] {
            let field = try #require(method.parameters.first { $0.name == name })
            #expect(field.summary.contains("this version refuses"))
        }
    }

    private func sample(_ schema: Schema) -> JSONValue {
        switch schema {
        case .boolean: true
        case .integer(let range): .integer(range.lowerBound)
        case .choice(let words): .string(words[0])
        case .instant: "2026-01-01T00:00:00Z"
        case .map: ["x": 1]
        default: "x"
        }
    }

    @Test func aMessageIsShownForSomeTime() {
        let refused = admit("display.message", ["text": "Hello", "seconds": 0])
        #expect(
            refused?.message.hasPrefix("seconds: expected a number from 0.1 to 86400") == true,
            "\(refused?.message ?? "")")
        #expect(admit("display.message", ["text": ""]) == nil)
        #expect(admit("display.message", ["text": "Hello", "seconds": 0.5]) == nil)
    }
}

extension Method {
    private static let meetingResult = Schema.object(.required("meeting", StateSchema.meeting))
    private static let joinErrors: [Reason] = [
        .alreadyInMeeting, .joining, .unreachable, .rejectedByService, .wrongPasscode, .meetingFull, .meetingNotFound,
        .meetingEnded, .locked, .removed, .denied, .invalidToken, .tlsFailed, .unsupportedAddress, .timeout, .cancelled,
    ]

    static let meetingMethods: [Method] = [
        Method(
            .meetingStart, "Creates a meeting on a service and joins it; with a VideoRoom secret as its host.",
            [
                .optional("title", .string(0...256)),
                .optional("service", .string(1...64), "The name of a [[service]]; left out: the first."),
                .optional("passcode", .string(0...256)),
            ], result: meetingResult, errors: joinErrors + [.unsupportedByService]),
        Method(
            .meetingJoin, "Joins the meeting at an address; answers once joined.",
            [
                .required("url", .string(1...4096), "Such as janus+ws://sfu.example:8188/?room=1234."),
                .optional("passcode", .string(0...256)),
                .optional("displayName", .string(1...256), "Left out: the room's name."),
                .optional("microphone", .boolean, "How the room enters; left out: as [join] says."),
                .optional("camera", .boolean, "How the room enters; left out: as [join] says."),
            ], result: meetingResult, errors: joinErrors),
        Method(
            .meetingLeave, "Leaves the meeting; the others stay. Also stops a join that is under way.",
            [.optional("transferTo", .id, "The participant who is to be host.")],
            errors: [.notInMeeting, .notHost, .unknownParticipant, .unsupportedByService, .timeout]),
        Method(
            .meetingEnd, "Ends the meeting for everybody.",
            errors: [.notInMeeting, .notHost, .unsupportedByService, .rejectedByService, .timeout]),
        Method(
            .meetingLock, "Lets nobody else in, or anybody again.", [.required("locked", .boolean)],
            errors: [.notInMeeting, .notHost, .unsupportedByService], isServed: false),
    ]

    private static let participant = Field.required("participant", .id)

    static let participantMethods: [Method] = [
        Method(
            .participantsList, "Who is in the meeting.",
            result: .object(.required("participants", .map(StateSchema.participant))), errors: [.notInMeeting]),
        Method(
            .participantsRequestMicrophone,
            "Off mutes somebody at once; on asks them, and they decide.",
            [participant, .required("enabled", .boolean)],
            result: .object(.optional("request", .id, "Of the question, when one was asked.")),
            errors: [
                .notInMeeting, .notHost, .notPermitted, .unknownParticipant, .unsupportedByService, .rejectedByService,
                .timeout,
            ]),
        Method(
            .participantsRequestCamera, "Off stops somebody's camera; on asks them, and they decide.",
            [participant, .required("enabled", .boolean)], result: .object(.optional("request", .id)),
            errors: [.notInMeeting, .notHost, .unknownParticipant, .unsupportedByService], isServed: false),
        Method(
            .participantsMuteAll, "Mutes everybody but the room, newcomers too.",
            [.required("allowSelfUnmute", .boolean, "Whether they may open their microphones again by themselves.")],
            errors: [.notInMeeting, .notHost, .unsupportedByService, .rejectedByService, .timeout]),
        Method(
            .participantsRemove, "Puts somebody out of the meeting.", [participant],
            errors: [
                .notInMeeting, .notHost, .notPermitted, .unknownParticipant, .unsupportedByService, .rejectedByService,
                .timeout,
            ]),
        Method(
            .participantsAdmit, "Lets somebody in from the lobby.", [participant],
            errors: [.notInMeeting, .notHost, .unknownParticipant, .unsupportedByService], isServed: false),
        Method(
            .participantsDeny, "Refuses somebody in the lobby.", [participant],
            errors: [.notInMeeting, .notHost, .unknownParticipant, .unsupportedByService], isServed: false),
        Method(
            .participantsSetRole, "Gives somebody a role.",
            [participant, .required("role", .choice(RoomState.Role.allCases.map(\.rawValue)))],
            errors: [.notInMeeting, .notHost, .unknownParticipant, .unsupportedByService], isServed: false),
        Method(
            .hostTransfer, "Hands the host's role over.", [participant],
            errors: [.notInMeeting, .notHost, .unknownParticipant, .unsupportedByService], isServed: false),
        Method(
            .handSet, "Raises or lowers the room's hand.", [.required("raised", .boolean)],
            errors: [.notInMeeting, .unsupportedByService], isServed: false),
        Method(
            .requestsMake, "Asks the host for something.",
            [.required("kind", .choice(["microphone", "share", "record"]))],
            result: .object(.required("request", .id)), errors: [.notInMeeting, .unsupportedByService],
            isServed: false),
        Method(
            .requestsRespond, "Answers a request made to the room.",
            [.required("request", .id), .required("accept", .boolean)], errors: [.notInMeeting, .unknownRequest],
            isServed: false),
    ]

    static let sharingMethods: [Method] = [
        Method(
            .streamsSubscribe, "Asks for somebody's streams.",
            [
                participant,
                .optional("kinds", .array(.choice(["audio", "video", "screen"]), count: 0...3)),
                .optional("quality", .choice(["low", "medium", "high", "auto"])),
            ], errors: [.notInMeeting, .unknownParticipant], isServed: false),
        Method(
            .streamsUnsubscribe, "Stops receiving somebody's streams.",
            [participant, .optional("kinds", .array(.choice(["audio", "video", "screen"]), count: 0...3))],
            errors: [.notInMeeting, .unknownParticipant], isServed: false),
        Method(
            .shareSources, "What can be shared.", result: .object(.required("sources", .list(of: .any))),
            isServed: false),
        Method(
            .shareStart, "Takes the floor and shares the screen.", [.optional("source", .id)],
            errors: [.notInMeeting, .floorTaken, .notPermitted, .unsupportedByService], isServed: false),
        Method(.shareStop, "Stops sharing and gives the floor back.", errors: [.notInMeeting], isServed: false),
    ]

    static let recordingMethods: [Method] = [
        Method(
            .recordingStart, "Starts recording; everybody is told. This version records on the service only.",
            [
                .required("where", .choice(["local", "service"])),
                .optional("mode", .choice(["composite", "individual"])),
            ], errors: [.notInMeeting, .notHost, .notPermitted, .unsupportedByService, .rejectedByService]),
        Method(
            .recordingStop, "Stops recording; answers once the files are closed.",
            [.optional("where", .choice(["local", "service"]))],
            result: .object(.required("files", .list(of: .text))),
            errors: [.notInMeeting, .notHost, .unsupportedByService, .rejectedByService]),
        Method(
            .recordingList, "The recordings there are.",
            result: .object(.required("recordings", .list(of: .any))), isServed: false),
    ]
}

extension Method {
    static let displayMethods: [Method] = [
        Method(
            .layoutSet, "Arranges the meeting on the display.",
            [
                .required("mode", .choice(RoomState.Layout.allCases.map(\.rawValue))),
                .optional("selfview", .boolean, "Whether the room sees itself."),
            ], errors: [.unsupportedByService]),
        Method(
            .layoutPin, "Keeps somebody in the large picture; null lets go.", [.optional("participant", .id)],
            errors: [.notInMeeting, .unknownParticipant]),
        Method(
            .displayPower, "Wakes the display or lets it sleep.",
            [.required("state", .choice(["on", "standby"]))], errors: [.deviceLost]),
        Method(
            .displaySnapshot, "What is on the display now, as a PNG.",
            [.optional("width", .integer(16...7680), "Pixels, 640 by default, at most the display's.")],
            result: .object(
                .required("width", .count), .required("height", .count),
                .required("time", .integer, "CLOCK_MONOTONIC nanoseconds of that flip."),
                .required("png", .text, "Base64.")),
            errors: [.deviceLost, .busy]),
        Method(
            .displayMessage, "Shows a message over everything; an empty text takes it away.",
            [
                .required("text", .string(0...1000)),
                .optional("seconds", .number(0.1...86_400), "How long; left out: 10 seconds."),
            ], errors: [.deviceLost]),
    ]

    private static let eventID = Field.required("id", .string(1...1024), "Of a calendar event.")

    static let scheduleMethods: [Method] = [
        Method(
            .scheduleList, "The room's meetings: from the start of today, in its time zone, to seven days on.",
            [.optional("from", .instant), .optional("to", .instant)],
            result: .object(
                .required("events", .list(of: StateSchema.event)),
                .required("state", StateSchema.words(RoomState.Schedule.Condition.self), "Of the calendars.")),
            access: .observer),
        Method(.scheduleRefresh, "Reads the calendars again; answers once read.", errors: [.unreachable, .timeout]),
        Method(
            .scheduleJoin, "Joins the meeting of a calendar event now.", [eventID],
            result: .object(.required("meeting", StateSchema.meeting)),
            errors: [
                .alreadyInMeeting, .joining, .meetingNotFound, .unsupportedAddress, .unreachable, .wrongPasscode,
                .meetingFull,
                .timeout, .cancelled,
            ]),
        Method(
            .scheduleDismiss, "Keeps the room out of the meeting of a calendar event; stops its countdown.", [eventID],
            errors: [.meetingNotFound, .alreadyInMeeting]),
        Method(
            .scheduleSimulate, "What the room will do by itself between two instants, and why.",
            [.required("from", .instant), .required("to", .instant)],
            result: .object(
                .required(
                    "decisions",
                    .list(
                        of: .object(
                            .required("at", .instant),
                            .optional("event", .text, "An id; null: the meeting is not in the calendar."),
                            .required("action", .choice(["countdown", "join", "leave", "handover", "skip"])),
                            .required("why", StateSchema.why))))),
            access: .observer),
    ]
}

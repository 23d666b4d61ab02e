extension Method {
    private static let enabled = Field.required("enabled", .boolean)

    static let mediaMethods: [Method] = [
        Method(
            .microphoneSet, "Opens or mutes the room's microphone; muted, nothing but silence leaves the room.",
            [enabled], errors: [.deviceLost, .deviceBusy, .notPermitted, .cancelled]),
        Method(
            .cameraSet, "Opens or closes the room's camera; closed, self-view is blank too.", [enabled],
            errors: [.deviceLost, .deviceBusy, .notPermitted, .cancelled]),
        Method(
            .speakerSet, "Sets the loudspeaker's volume or mutes it.",
            [.optional("volume", .integer(0...100), "Per cent."), .optional("muted", .boolean)],
            errors: [.deviceLost]),
        Method(
            .videoConfigure, "Sets what the room sends; takes effect at once, also in a meeting.",
            [
                .optional("width", .integer(16...3840), "Pixels."),
                .optional("height", .integer(16...2160), "Pixels."),
                .optional("frameRate", .number(1...60), "Frames per second."),
                .optional("maxBitrate", .integer(-1...100_000_000), "Bits per second; -1 automatic, 0 sends no video."),
                .optional("minBitrate", .integer(0...100_000_000), "Bits per second; this version refuses all but 0."),
                .optional(
                    "preference", .choice(["framerate", "quality", "balance"]),
                    "What gives way last; this version refuses any."),
                .optional(
                    "layers",
                    .array(
                        .object(
                            .required("width", .integer(16...3840)), .required("height", .integer(16...2160)),
                            .optional("maxBitrate", .integer(0...100_000_000))), count: 0...3),
                    "Simulcast layers."),
            ], errors: [.unsupportedByService, .deviceLost]),
        Method(
            .levelsReport, "How often `audio.levels` is sent.",
            [.required("interval", .integer(0...60_000), "Milliseconds: 0 = off, otherwise at least 100.")]),
    ]

    static let deviceKind = Schema.choice(DeviceKind.allCases.map(\.rawValue))

    static let deviceMethods: [Method] = [
        Method(
            .devicesList, "The devices there are.", [.optional("kind", deviceKind)],
            result: .object(.required("devices", .list(of: StateSchema.device)))),
        Method(
            .devicesSelect,
            "Uses another device of a kind from now on, after a restart, too. This version changes the camera only.",
            [
                .required("kind", deviceKind),
                .required("id", .id, "As devices.list gives it."),
            ],
            errors: [.unknownDevice, .deviceBusy, .deviceLost, .unsupportedByService, .busy]),
        Method(
            .devicesConfigure,
            "Sets controls of the camera in use, all or none; they are set again when it comes back, and after a restart.",
            [
                .required("id", .id, "As devices.list gives it."),
                .required(
                    "controls", .map(.any), "Whole numbers by the names of devices.list; true and false for toggles."),
            ],
            errors: [.unknownDevice, .deviceBusy, .deviceLost, .unsupportedByService, .busy]),
    ]
}

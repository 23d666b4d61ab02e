extension Method {
    static let feedMethods: [Method] = [
        Method(
            .rpcDiscover, "Describes everything this daemon serves, as an OpenRPC document.", result: .any,
            access: .observer),
        Method(
            .stateGet, "Reads the state: the value at a dotted path, or the whole tree.",
            [.optional("path", .string(0...1024), "Such as `meeting.participants`; left out: everything.")],
            result: .any, access: .observer),
        Method(
            .stateSubscribe,
            "Gives the state now and from then on every change, as `state.changed {subscription, revision, patch}`.",
            [
                .optional(
                    "paths", .array(.string(1...1024), count: 0...64),
                    "What to be told of; left out or empty: everything.")
            ],
            result: .object(
                .required("subscription", .integer), .required("revision", .integer, "Counts by one per patch."),
                .required("state", .any, "Rooted at the tree's root, filtered to the paths.")),
            access: .observer, errors: [.limitExceeded]),
        Method(
            .stateUnsubscribe, "Ends a subscription of this connection.", [.required("subscription", .integer)],
            access: .observer),
        Method(
            .eventsSubscribe, "Gives events from now on, as `event {subscription, sequence, time, name, data}`.",
            [
                .optional(
                    "names", .array(.choice(EventName.allCases.map(\.rawValue)), count: 0...64),
                    "Which events; left out or empty: all.")
            ],
            result: .object(.required("subscription", .integer)), access: .observer, errors: [.limitExceeded]),
        Method(
            .eventsUnsubscribe, "Ends a subscription of this connection.", [.required("subscription", .integer)],
            access: .observer),
    ]

    static let systemMethods: [Method] = [
        Method(
            .systemInfo, "Tells name, version and what this client may do.",
            result: .object(
                .required("name", .text), .required("version", .text), .required("api", .text),
                .required("uptime", .seconds, "Of the daemon."),
                .required(
                    "control",
                    .object(.required("role", .choice(AccessLevel.allCases.map(\.rawValue)), "Of this client.")))),
            access: .observer),
        Method(
            .systemReload, "Reads the configuration again; what needs a restart is named.",
            result: .object(.required("restart", .list(of: .text), "Keys that take effect only after a restart.")),
            access: .admin, isServed: false),
    ]

    static let diagnosticMethods: [Method] = [
        Method(
            .statisticsGet, "Per-stream, per-stage and process statistics; rates are those of the last seconds.",
            result: StatisticsSchema.result, access: .observer),
        Method(
            .diagnosticsHealth, "What is wrong with the room, if anything.",
            result: .object(
                .required("status", .choice(RoomState.Health.Status.allCases.map(\.rawValue))),
                .required("problems", .list(of: StateSchema.problem))),
            access: .observer),
        Method(
            .diagnosticsBundle, "Writes one archive with state, logs and statistics, secrets removed.",
            result: .object(.required("path", .text)), access: .admin, errors: [.diskFull], isServed: false),
    ]
}

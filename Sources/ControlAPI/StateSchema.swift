/// The shape of the state tree. A path that it does not know is an error; `RoomState` fits it (a test sees to that).
public enum StateSchema {
    public static let root = Schema.object(
        .required("room", room), .required("meeting", .nullable(meeting)), .required("microphone", microphone),
        .required("camera", camera), .required("speaker", speaker), .required("display", display),
        .required("content", content), .required("schedule", schedule), .required("health", health),
        .required("system", system))

    static let room = Schema.object(
        .required("name", .text), .required("timezone", .text, "IANA name."))

    public static let meeting = Schema.object(
        .required("id", .text), .required("url", .text, "Without passcode."), .required("title", .text),
        .required("service", .text), .required("state", words(RoomState.Meeting.Condition.self)),
        .optional("since", .instant),
        .required("elapsed", .seconds, "On the monotonic clock; not patched, clients derive it from since."),
        .required("role", words(RoomState.Role.self)), .optional("self", .id), .optional("host", .id),
        .optional("scheduled", .text, "Id of the calendar event."), .required("locked", .boolean),
        .required("capabilities", capabilities), .optional("recording", recording), .optional("share", share),
        .required("participants", .map(participant)), .optional("activeSpeaker", .id),
        .required("requests", .map(request)))

    static let capabilities = Schema.object(
        [
            "muteParticipant", "requestMicrophone", "muteAll", "remove", "transferHost", "end", "record", "share",
            "lobby", "lock",
        ].map { .required($0, .boolean) })

    static let recording = Schema.object(
        .required("state", words(RoomState.Recording.Condition.self)), .required("since", .instant),
        .required("where", words(RoomState.Recording.Place.self)))

    static let share = Schema.object(.required("participant", .id), .required("since", .instant))

    public static let participant = Schema.object(
        .required("name", .text), .required("role", words(RoomState.Role.self)), .required("self", .boolean),
        .required("microphone", words(RoomState.Participant.Medium.self)),
        .required("camera", words(RoomState.Participant.Medium.self)), .required("sharing", .boolean),
        .required("speaking", .boolean), .required("hand", .boolean),
        .required("quality", words(RoomState.Participant.Quality.self)))

    static let request = Schema.object(
        .required("kind", .text), .required("from", .id), .required("to", .id), .required("at", .instant))

    static let microphone = Schema.object(
        .required("enabled", .boolean), .required("state", words(RoomState.Microphone.Condition.self)),
        .optional("mutedBy", words(RoomState.Microphone.Muter.self)), .optional("device", .text),
        .required("channels", .count), .required("level", .level, "dBFS; changes at most ten times a second."))

    static let format = Schema.object(
        .required("width", .count), .required("height", .count), .required("frameRate", .number),
        .required("pixelFormat", .text))

    static let camera = Schema.object(
        .required("enabled", .boolean), .required("state", words(RoomState.Camera.Condition.self)),
        .optional("device", .text), .optional("format", format))

    static let speaker = Schema.object(
        .required("volume", .integer(0...100)), .required("muted", .boolean),
        .required("state", words(RoomState.Speaker.Condition.self)), .optional("device", .text),
        .required("level", .level, "dBFS; changes at most ten times a second."))

    static let display = Schema.object(
        .required("state", words(RoomState.Display.Condition.self)), .optional("device", .text),
        .optional(
            "mode",
            .object(.required("width", .count), .required("height", .count), .required("refresh", .number, "Hertz."))),
        .required("layout", words(RoomState.Layout.self)), .optional("pinned", .id))

    static let content = Schema.object(
        .required("state", words(RoomState.Content.Condition.self)), .optional("device", .text),
        .optional("format", format))

    public static let why = Schema.object(.required("code", .text), .required("text", .text))

    public static let event = Schema.object(
        .required("id", .text), .required("title", .text), .required("start", .instant), .required("end", .instant),
        .optional("url", .text, "Without passcode."), .required("state", words(RoomState.Event.Condition.self)),
        .required("why", why),
        .optional("retry", .instant, "When the room tries by itself to join again, after a join that failed."))

    static let schedule = Schema.object(
        .required("state", words(RoomState.Schedule.Condition.self)), .optional("refreshed", .instant),
        .optional("next", event), .required("events", .list(of: event)))

    public static let problem = Schema.object(
        .required("code", .text, "Dotted, stable."), .required("text", .text), .required("since", .instant))

    static let health = Schema.object(
        .required("status", words(RoomState.Health.Status.self)), .required("problems", .list(of: problem)))

    static let system = Schema.object(
        .required("version", .text), .required("started", .instant), .required("pid", .count))

    /// An element of `devices.list`.
    public static let device = Schema.object(
        .required("id", .text), .required("kind", Method.deviceKind), .required("name", .text), .required("bus", .text),
        .required("state", words(DeviceDescription.Condition.self)), .required("selected", .boolean),
        .optional(
            "formats", .list(of: format), "Of a camera: those it offers; of one without a choice the one it has."),
        .optional("controls", .list(of: control), "Of the camera in use: what `devices.configure` sets."))

    static let control = Schema.object(
        .required("name", .text), .required("title", .text, "What the device calls it."),
        .required("kind", words(DeviceControl.Kind.self)), .required("minimum", .integer),
        .required("maximum", .integer), .required("step", .integer), .required("default", .integer),
        .required("value", .integer, "When it was last opened or configured: what is automatic moves on."),
        .optional(
            "choices", .list(of: .object(.required("value", .integer), .required("name", .text))), "Of a menu."),
        .required("readOnly", .boolean), .required("active", .boolean, "Whether it has an effect now."))

    static func words<Words: RawRepresentable<String> & CaseIterable>(_: Words.Type) -> Schema {
        .choice(Words.allCases.map(\.rawValue))
    }
}

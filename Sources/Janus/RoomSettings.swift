import JSON

/// How a room is made (`create`). Only what differs from the plugin's own defaults is settable.
public struct RoomSettings: Hashable, Sendable {
    public var description: String?
    public var pin: String?
    /// Needed to moderate, kick, record, destroy.
    public var secret: String?
    /// How many may send at the same time.
    public var publishers = 50
    /// Cap in bits per second that the SFU asks of each sender; 0 for none.
    public var bitrate = 0
    /// What pictures may be, in order of preference, separated by commas.
    public var videoCodec = "vp8,vp9"
    /// Where the plugin has an `admin_key`.
    public var adminKey: String?

    public init() {}

    /// Talk events after half a second (25 packets of 20 ms) instead of two, so that marks follow the voice; silent
    /// participants are announced too.
    func request(room: JanusID) -> JSONValue {
        var members: [String: JSONValue] = [
            "request": "create", "room": room.json, "permanent": false, "is_private": true,
            "publishers": .integer(Int64(publishers)), "bitrate": .integer(Int64(bitrate)), "audiocodec": "opus",
            "videocodec": .string(videoCodec), "opus_fec": true, "audiolevel_ext": true, "audiolevel_event": true,
            "audio_active_packets": 25, "audio_level_average": 50, "notify_joining": true,
            "transport_wide_cc_ext": true,
        ]
        if let description { members["description"] = .string(description) }
        if let pin { members["pin"] = .string(pin) }
        if let secret { members["secret"] = .string(secret) }
        if let adminKey { members["admin_key"] = .string(adminKey) }
        return .object(members)
    }
}

/// What of a room can be changed while it runs (`edit`); nil leaves it.
public struct RoomChanges: Hashable, Sendable {
    public var description: String?
    public var pin: String?
    public var publishers: Int?
    public var bitrate: Int?

    public init() {}

    func request(room: JanusID, secret: String?) -> JSONValue {
        var members: [String: JSONValue] = ["request": "edit", "room": room.json]
        if let secret { members["secret"] = .string(secret) }
        if let description { members["new_description"] = .string(description) }
        if let pin { members["new_pin"] = .string(pin) }
        if let publishers { members["new_publishers"] = .integer(Int64(publishers)) }
        if let bitrate { members["new_bitrate"] = .integer(Int64(bitrate)) }
        return .object(members)
    }
}

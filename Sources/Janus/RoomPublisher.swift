import JSON
import Meeting

/// One entry of a `publishers` list: somebody who sends.
struct RoomPublisher: Hashable, Sendable {
    struct Stream: Hashable, Sendable {
        let mid: String
        let kind: TrackKind
        let codec: String?
        /// Negotiated as inactive: nothing comes.
        let isDisabled: Bool
        /// By its owner's own word.
        let isClosed: Bool
        /// Held back by a moderator. Updates leave it out for audio, so absence means nothing.
        var isModerated: Bool
    }

    struct StreamID: Hashable, Sendable {
        let participant: ParticipantID
        let mid: String
    }

    /// More streams than any client publishes.
    static let streamLimit = 16
    static let longestName = 200

    let id: JanusID
    let name: String?
    var streams: [Stream]
    let isTalking: Bool?

    /// - Returns: nil for entries that make no sense, and for dummies.
    init?(_ json: JSONValue) {
        guard let id = JanusID(json["id"]), json["dummy"]?.boolValue != true else { return nil }
        self.id = id
        name = Self.name(json["display"])
        isTalking = json["talking"]?.boolValue
        streams = []
        var hasCamera = false
        for entry in (json["streams"]?.arrayValue ?? []).prefix(Self.streamLimit) {
            guard let mid = entry["mid"]?.stringValue, mid.utf8.count <= 64 else { continue }
            let label = entry["description"]?.stringValue
            let isDisabled = entry["disabled"]?.boolValue ?? false
            let kind: TrackKind
            switch entry["type"]?.stringValue {
            case "audio": kind = .audio
            case "video" where TrackLabel.isScreen(label): kind = .screen
            case "video":
                // A second picture without a label is a screen: nobody sends two cameras without saying so.
                kind = hasCamera && !isDisabled ? .screen : .video
                hasCamera = hasCamera || !isDisabled
            default: continue
            }
            streams.append(
                Stream(
                    mid: mid, kind: kind, codec: entry["codec"]?.stringValue?.lowercased(), isDisabled: isDisabled,
                    isClosed: TrackLabel.isClosed(label), isModerated: entry["moderated"]?.boolValue ?? false))
        }
    }

    static func name(_ json: JSONValue?) -> String? {
        json?.stringValue.map { String($0.prefix(longestName)) }
    }

    /// What the others get of the first stream of a kind that is there at all.
    func state(_ kind: TrackKind) -> MediaState {
        let all = streams.filter { $0.kind == kind && !$0.isDisabled }
        if all.isEmpty { return .off }
        if all.contains(where: \.isModerated) { return .blocked }
        return all.contains { !$0.isClosed } ? .on : .off
    }

    /// Kinds of which the others get something; a closed or blocked one counts as unpublished.
    var kinds: Set<TrackKind> {
        Set(streams.filter { !$0.isDisabled && !$0.isClosed && !$0.isModerated }.map(\.kind))
    }
}

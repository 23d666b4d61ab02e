/// Names one stream of pictures: a participant's camera or screen. A participant who shares has both.
public struct PictureID: Hashable, Sendable {
    public enum Kind: Hashable, Sendable { case camera, screen }

    /// The participant's id in the meeting.
    public var participant: String
    public var kind: Kind

    public init(participant: String, kind: Kind) {
        self.participant = participant
        self.kind = kind
    }

    public static func camera(_ participant: String) -> PictureID {
        PictureID(participant: participant, kind: .camera)
    }

    public static func screen(_ participant: String) -> PictureID {
        PictureID(participant: participant, kind: .screen)
    }
}

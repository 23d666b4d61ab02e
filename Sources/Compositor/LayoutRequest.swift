/// Everything a layout depends on.
public struct LayoutRequest: Hashable, Sendable {
    /// One stream of pictures that wants a place.
    public struct Participant: Hashable, Sendable {
        public var id: PictureID
        /// Width divided by height of the picture; nonsense counts as 16:9.
        public var aspect: Double
        /// False while the camera is off: such people go first when there is no room for all.
        public var hasVideo: Bool

        public init(id: PictureID, aspect: Double = 16.0 / 9.0, hasVideo: Bool = true) {
            self.id = id
            self.aspect = aspect
            self.hasVideo = hasVideo
        }

        public var isScreenShare: Bool { id.kind == .screen }
    }

    public var display: PixelSize
    /// In the order of their seats (see `Seating`).
    public var participants: [Participant]
    public var mode: LayoutMode
    /// Stays large, whoever speaks.
    public var pinned: PictureID?
    public var activeSpeaker: PictureID?
    /// The room sees itself too; the mode `selfview` implies it.
    public var selfView: Bool
    public var selfViewAspect: Double
    /// Rows at the top for title and marks, kept free where these would cover a page or a face.
    public var header: Int

    public init(
        display: PixelSize, participants: [Participant], mode: LayoutMode, pinned: PictureID? = nil,
        activeSpeaker: PictureID? = nil, selfView: Bool = false, selfViewAspect: Double = 16.0 / 9.0,
        header: Int = 0
    ) {
        self.display = display
        self.participants = participants
        self.mode = mode
        self.pinned = pinned
        self.activeSpeaker = activeSpeaker
        self.selfView = selfView || mode == .selfview
        self.selfViewAspect = selfViewAspect
        self.header = max(0, header)
    }

    /// Who is shown large in every mode but the plain grid, or nil when that is the room itself or nobody.
    public var stage: PictureID? {
        guard mode != .selfview else { return nil }
        if let pinned, has(pinned) { return pinned }
        if mode == .content, let share = participants.first(where: \.isScreenShare) { return share.id }
        if let activeSpeaker, has(activeSpeaker) { return activeSpeaker }
        return participants.first { !$0.isScreenShare }?.id ?? participants.first?.id
    }

    private func has(_ id: PictureID) -> Bool { participants.contains { $0.id == id } }
}

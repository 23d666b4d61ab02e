/// What the display shows in a meeting. All texts are ready to be read.
public struct MeetingScene: Equatable, Sendable {
    /// One stream of pictures and what is known about it.
    public struct Participant: Equatable, Sendable {
        public var id: PictureID
        public var name: String
        /// Width divided by height of the picture, as far as known.
        public var aspect: Double
        /// False shows the initials, also while old frames are still there.
        public var hasVideo: Bool
        public var isMuted: Bool
        public var isSpeaking: Bool
        public var isHandRaised: Bool
        /// The network quality is `lost`.
        public var isConnectionLost: Bool

        public init(
            id: PictureID, name: String, aspect: Double = 16.0 / 9.0, hasVideo: Bool = true, isMuted: Bool = false,
            isSpeaking: Bool = false, isHandRaised: Bool = false, isConnectionLost: Bool = false
        ) {
            self.id = id
            self.name = name
            self.aspect = aspect
            self.hasVideo = hasVideo
            self.isMuted = isMuted
            self.isSpeaking = isSpeaking
            self.isHandRaised = isHandRaised
            self.isConnectionLost = isConnectionLost
        }
    }

    /// The room's own picture.
    public struct SelfView: Equatable, Sendable {
        /// Why there is a picture, or none.
        public enum Camera: Equatable, Sendable {
            /// Its pictures are shown, and the initials until there is one.
            case on
            /// Nobody wants it on: "Camera off".
            case off(String)
            /// It should be there and is not, which somebody has to see to: "Camera not working".
            case failed(String)
        }

        public var name: String
        public var aspect: Double
        public var camera: Camera
        /// As in a mirror.
        public var isMirrored: Bool

        public init(name: String, aspect: Double = 16.0 / 9.0, camera: Camera = .on, isMirrored: Bool = true) {
            self.name = name
            self.aspect = aspect
            self.camera = camera
            self.isMirrored = isMirrored
        }
    }

    /// In the order of arrival; the compositor keeps everybody's place.
    public var participants: [Participant]
    public var mode: LayoutMode
    public var pinned: PictureID?
    public var activeSpeaker: PictureID?
    /// Nil hides it (but not in the mode `selfview`).
    public var selfView: SelfView?
    public var title: String
    /// "12:34"; empty hides it.
    public var elapsed: String
    /// "Recording": shown above everything as long as it is set.
    public var recording: String?
    /// "Microphone off": the mark that the room's own microphone is not heard.
    public var microphoneOff: String?
    /// "Reconnecting …".
    public var notice: String?
    /// "Nobody else is here yet": shown while there are no participants.
    public var empty: String

    public init(
        participants: [Participant], mode: LayoutMode, pinned: PictureID? = nil, activeSpeaker: PictureID? = nil,
        selfView: SelfView? = nil, title: String = "", elapsed: String = "", recording: String? = nil,
        microphoneOff: String? = nil, notice: String? = nil, empty: String = ""
    ) {
        self.participants = participants
        self.mode = mode
        self.pinned = pinned
        self.activeSpeaker = activeSpeaker
        self.selfView = selfView
        self.title = title
        self.elapsed = elapsed
        self.recording = recording
        self.microphoneOff = microphoneOff
        self.notice = notice
        self.empty = empty
    }
}

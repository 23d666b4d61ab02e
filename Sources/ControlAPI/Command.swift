public import Base

/// A served method with its parameters, checked and typed: what the room's policy is given.
///
/// The feeds (`state.*`, `events.*`), `rpc.discover` and `system.info` are not here: the server answers them by itself.
public enum Command: Hashable, Sendable {
    case startMeeting(title: String?, service: String?, passcode: String?)
    case joinMeeting(Join)
    case leaveMeeting(transferTo: String?)
    case endMeeting
    case setMicrophone(enabled: Bool)
    case setCamera(enabled: Bool)
    /// What is nil stays as it is.
    case setSpeaker(volume: Int?, muted: Bool?)
    case configureVideo(VideoSettings)
    case listDevices(DeviceKind?)
    case selectDevice(DeviceKind, id: String)
    /// By name; toggles are 0 or 1.
    case configureDevice(id: String, controls: [String: Int])
    /// nil: no reports.
    case reportLevels(every: Duration?)
    case listParticipants
    case requestMicrophone(participant: String, enabled: Bool)
    case muteAll(allowSelfUnmute: Bool)
    case removeParticipant(String)
    case startRecording(RoomState.Recording.Place, RecordingMode?)
    case stopRecording(RoomState.Recording.Place?)
    case setLayout(RoomState.Layout, selfview: Bool?)
    /// nil lets go.
    case pin(participant: String?)
    case setDisplayPower(on: Bool)
    case snapshot(width: Int)
    case showMessage(String, for: Duration)
    case listSchedule(from: UTCTime?, to: UTCTime?)
    case refreshSchedule
    case joinEvent(id: String)
    case dismissEvent(id: String)
    case simulateSchedule(from: UTCTime, to: UTCTime)
    case statistics
    case health

    public struct Join: Hashable, Sendable {
        public var url: String
        public var passcode: String?
        public var displayName: String?
        public var microphone: Bool?
        public var camera: Bool?

        public init(
            url: String, passcode: String? = nil, displayName: String? = nil, microphone: Bool? = nil,
            camera: Bool? = nil
        ) {
            self.url = url
            self.passcode = passcode
            self.displayName = displayName
            self.microphone = microphone
            self.camera = camera
        }
    }

    public enum RecordingMode: String, CaseIterable, Hashable, Sendable { case composite, individual }

    /// What is nil stays as it is.
    public struct VideoSettings: Hashable, Sendable {
        public enum Preference: String, CaseIterable, Hashable, Sendable { case framerate, quality, balance }

        public struct Layer: Hashable, Sendable {
            public var width: Int
            public var height: Int
            public var maxBitrate: Int?

            public init(width: Int, height: Int, maxBitrate: Int? = nil) {
                self.width = width
                self.height = height
                self.maxBitrate = maxBitrate
            }
        }

        public var width: Int?
        public var height: Int?
        public var frameRate: Double?
        /// Bits per second; −1 automatic, 0 sends no video.
        public var maxBitrate: Int?
        public var minBitrate: Int?
        public var preference: Preference?
        public var layers: [Layer]?

        public init() {}
    }
}

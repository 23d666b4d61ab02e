import AudioPipeline
import Base
import Compositor
import Conferencing
import Meeting
import Transport

/// All counters of the daemon at one moment; two of them give rates.
struct StatisticsSample: Sendable {
    /// A participant's sound.
    struct Playout: Hashable, Sendable {
        var statistics: PlayoutStatistics
        var depth: Duration
    }

    var at: Instant
    var process: ProcessUsage
    /// Of the audio thread.
    var deadlinesMissed: Int64 = 0
    var conference = ConferenceStatistics()
    /// nil without a camera.
    var camera: CameraFeed.Statistics?
    /// nil without a camera.
    var encoding: VideoEncoding.Statistics?
    /// Pictures for which the encoder was not there in time.
    var framesOverrun: UInt64 = 0
    var decoding: [PictureID: VideoDecoding.Statistics] = [:]
    var playout: [ParticipantID: Playout] = [:]
    /// nil without a display.
    var display: DisplayDriver.Statistics?
    /// Of all pictures since the start.
    var pictures = VideoDecoding.Stages()
    /// How long sound waited for its turn, of all participants since the start.
    var playoutDelays = LatencyHistogram()
    /// Of the media thread since its start.
    var transport = TransportStatistics()
    /// Of several of one name the fullest counts.
    var buffers: [BufferDepth] = []
    /// What the policy says of the room.
    var room = RoomSummary()
}

extension StatisticsSample {
    /// How long one step takes.
    struct Stage: Sendable {
        enum Kind: String, Sendable { case audio, video }

        var name: String
        var kind: Kind
        var times: LatencyHistogram
    }

    /// In the order in which sound and pictures go through them; without those of devices that are not there.
    var stages: [Stage] {
        var stages: [Stage] = []
        func add(_ name: String, _ kind: Stage.Kind, _ times: LatencyHistogram) {
            stages.append(Stage(name: name, kind: kind, times: times))
        }
        if let encoding {
            add("capture", .video, encoding.capture)
            add("encode", .video, encoding.encode)
        }
        add("send", .video, transport.videoSend)
        add("send", .audio, transport.audioSend)
        add("receive", .video, pictures.receive)
        add("jitter", .video, pictures.jitter)
        add("jitter", .audio, playoutDelays)
        add("decode", .video, pictures.decode)
        if let display {
            add("compose", .video, display.compose)
            add("flip", .video, display.flip)
        }
        return stages
    }
}

import AudioPipeline
import Base
import Compositor
import Conferencing
import Meeting

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
    var encoding: VideoEncoding.Statistics?
    /// Pictures for which the encoder was not there in time.
    var framesOverrun: UInt64 = 0
    var decoding: [PictureID: VideoDecoding.Statistics] = [:]
    var playout: [ParticipantID: Playout] = [:]
    /// nil without a display.
    var display: DisplayDriver.Statistics?
}

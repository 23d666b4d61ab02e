import AudioPipeline
import Base

extension RoomEnd.Received {
    /// One line for a person.
    var summary: String {
        let ages = pictures.compactMap { $0.age?.inMilliseconds }.sorted()
        return """
            \(pictures.count) pictures (latency \(ages.isEmpty ? 0 : ages[ages.count / 2].rounded()) ms), \
            \(keyFrames) key frames, \(decodingErrors) errors, \(sound.count / 480) blocks of sound \
            (\(playout.concealedSamples) concealed, \(playout.recoveredPackets) recovered, \
            \(playout.removedSamples) out, \(playout.insertedSamples) in, depth \(audioDepth)); \
            sent \(sentPictures) pictures, \(sentKeyFrames) key frames, skipped \(skippedPictures), target \(videoTarget); \(lateWakes) late wakes, \
            the latest by \(latestWake.inMilliseconds.rounded()) ms
            """
    }
}

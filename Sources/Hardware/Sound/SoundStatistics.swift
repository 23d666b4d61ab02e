/// What a speaker or a microphone has been through since the daemon started.
public struct SoundStatistics: Hashable, Sendable {
    /// Times that the card ran dry or over (EPIPE).
    public var xruns = 0
    /// Times that the machine slept under it (ESTRPIPE).
    public var suspensions = 0
    /// Times that it was gone, or had to be opened again.
    public var losses = 0
    /// Blocks of silence in place of what was not there in time, and samples thrown away because there were too many.
    public var missedBlocks = 0
    public var droppedSamples = 0
    /// From writing to the loudspeaker, or from the microphone to reading.
    public var delay = Duration.zero
    /// Of a speaker: how much faster its clock is than CLOCK_MONOTONIC, in millionths. Of a microphone: than the speaker's.
    public var drift = 0

    public init() {}
}

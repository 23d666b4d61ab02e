import Base
import Codecs
import Media

/// What the audio thread owns: its buffers, its encoder, its meters. Made once, then nothing is allocated.
struct AudioLoop: ~Copyable {
    var streams: [PlayoutStream] = []
    var streamsVersion = 0
    var mixer = Mixer()
    var chime = Chime()
    var speakerMeter = LevelMeter()
    var microphoneMeter = LevelMeter()
    /// One block of 10 ms.
    let block: UnsafeMutableBufferPointer<Float>
    /// A block in which nothing is heard.
    let silence: UnsafeMutableBufferPointer<Float>
    /// Whether the block at hand passes the capture processor: decided once for what is played and what is heard.
    var isProcessing = false

    /// Whether the last block was sent as it was heard.
    private var isOpen = false
    /// Whether packets are made.
    private var isSending = false
    private let frame: UnsafeMutableBufferPointer<Float>
    private var frameCount = 0
    private var frameCapturedAt = Instant.zero
    private let packet: UnsafeMutableBufferPointer<UInt8>
    private var encoder: OpusEncoder
    private var timestamp: UInt32 = 0
    private var sentMeter = LevelMeter()
    private var lastStatus: AudioEngine.Status?
    private var blocks = 0
    private var fallback: Instant?

    init(encoder: consuming OpusEncoder) {
        self.encoder = encoder
        block = .allocate(capacity: AudioFormat.blockSize)
        block.initialize(repeating: 0)
        silence = .allocate(capacity: AudioFormat.blockSize)
        silence.initialize(repeating: 0)
        frame = .allocate(capacity: OpusEncoder.frameSize)
        frame.initialize(repeating: 0)
        packet = .allocate(capacity: OpusEncoder.maximumPacketSize)
        packet.initialize(repeating: 0)
    }

    deinit {
        block.deallocate()
        silence.deallocate()
        frame.deallocate()
        packet.deallocate()
    }

    /// Obeys a mute, or lets what is heard out: to be called for each block before `take`. Real-time safe.
    mutating func open(_ isOpen: Bool) {
        if isOpen {
            // A soft edge: the room does not begin with a click.
            if !self.isOpen {
                // Not `*=`: Swift 6.3 breaks on it here under the thread sanitizer.
                for index in block.indices { block[index] = block[index] * Float(index) / Float(block.count) }
            }
        } else {
            // Muting forgets what was captured but not sent, and what the encoder still holds of it.
            if self.isOpen { forget() }
            block.update(repeating: 0)
        }
        self.isOpen = isOpen
    }

    /// From now on nothing that was heard before leaves: not the half frame at hand, nor the encoder's look-ahead, nor
    /// the copy of the last frame that error correction would send.
    private mutating func forget() {
        frame.update(repeating: 0)
        encoder.reset()
        sentMeter = LevelMeter()
    }

    /// Adds `block` to the frame at hand; when that is full it is encoded, if it is to be sent. Real-time safe.
    mutating func take(
        capturedAt: Instant, isSending: Bool, _ send: (UnsafeBufferPointer<UInt8>, EncodedAudio) -> Void
    ) {
        // What was heard before a meeting stays out of it.
        if isSending, !self.isSending { forget() }
        self.isSending = isSending
        if frameCount == 0 { frameCapturedAt = capturedAt }
        let place = UnsafeMutableBufferPointer(rebasing: frame[frameCount..<frameCount + AudioFormat.blockSize])
        _ = place.update(fromContentsOf: block)
        frameCount += AudioFormat.blockSize
        guard frameCount == OpusEncoder.frameSize else { return }
        frameCount = 0
        defer { timestamp &+= UInt32(OpusEncoder.frameSize) }
        guard isSending else { return }
        sentMeter.measure(UnsafeBufferPointer(frame))
        guard let count = try? encoder.encode(UnsafeBufferPointer(frame), into: packet) else { return }
        send(
            UnsafeBufferPointer(rebasing: packet[..<count]),
            EncodedAudio(
                timestamp: timestamp, captureTime: frameCapturedAt, decibels: Int(sentMeter.decibels.rounded()),
                isVoice: isOpen && sentMeter.isVoice))
    }

    /// Whether observers are to be told: something changed, or a tenth of a second has passed. Real-time safe.
    mutating func hasNews(_ status: AudioEngine.Status) -> Bool {
        blocks &+= 1
        var settled = status
        settled.microphoneDecibels = 0
        settled.speakerDecibels = 0
        defer { lastStatus = settled }
        return settled != lastStatus || blocks % 10 == 0
    }

    /// The next 10 ms of a clock that takes over when the speaker is gone; a lag of more than 100 ms is not made up for.
    /// Real-time safe.
    mutating func fallbackDeadline(after now: Instant) -> Instant {
        let next = max(fallback ?? now, now - .milliseconds(100)) + AudioFormat.blockDuration
        fallback = next
        return next
    }

    /// The speaker paces again. Real-time safe.
    mutating func endFallback() {
        fallback = nil
    }
}

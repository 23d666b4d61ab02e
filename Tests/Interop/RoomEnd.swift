import AudioPipeline
import Base
import Codecs
import DTLS
import Digests
import Media
import RTP
import Simulation
import Synchronization
import Transport
import WebRTC

/// Our end of a call: the real stack on real sockets, simulated devices, encoders, decoders and playout.
final class RoomEnd: MediaSink {
    struct Settings: Sendable {
        var width = 320
        var height = 180
        var rate: Int64 = 15
        /// What we prefer, and send.
        var codec = VideoCodec.vp8
        var hertz = 440.0
        /// Bits per second of the whole connection.
        var startBitrate = 600_000
        var maximumBitrate = 2_500_000
        var sendsVideo = true
        var sendsAudio = true
    }

    struct Picture: Sendable {
        var at: Instant
        var width: Int
        var height: Int
        /// Since its capture, where the time code was readable.
        var age: Duration?
    }

    struct Received: Sendable {
        var events: [(at: Instant, event: PeerConnection.Event)] = []
        var pictures: [Picture] = []
        var keyFrames = 0
        var codecs: Set<VideoCodec> = []
        var decodingErrors = 0
        var sound: [Float] = []
        var firstSoundAt: Instant?
        var audioPackets = 0
        /// Packets and pictures that came with their time on the sender's clock.
        var timedPackets = 0
        var timedPictures = 0
        var levels: [AudioLevel] = []
        var playout = PlayoutStatistics()
        var audioDepth = Duration.zero
        /// Of our encoder: what it was last told, and its key frames.
        var videoTarget = 0
        var sentKeyFrames = 0
        var sentPictures = 0
        var skippedPictures = 0
        /// How late the audio thread woke up at worst, and how often later than 20 ms: the machine's part in what is
        /// concealed.
        var latestWake = Duration.zero
        var lateWakes = 0
    }

    private struct Orders {
        var keyFrame = false
        var bitrate: Int?
    }

    let settings: Settings
    let thread = MediaThread()
    private let received = Mutex(Received())
    private let orders = Mutex(Orders())
    private let arrivedAudio = Mutex<[(packet: PlayoutPacket, payload: [UInt8])]>([])
    private let arrivedVideo = EncodedFrameQueue<ReceivedVideoFrame>(capacity: 30)
    private let isStopped = Atomic<Bool>(false)
    private let threads = Mutex<[DeviceThread]>([])
    private let onEvent = Mutex<@Sendable (PeerConnection.Event) -> Void>({ _ in })
    private let needsKeyFrame = Atomic<Bool>(false)
    private let opened = Mutex<ConnectionID?>(nil)

    init(_ settings: Settings) throws {
        self.settings = settings
        try thread.start()
    }

    var record: Received { received.withLock { $0 } }
    /// Without a copy of everything else.
    var playout: PlayoutStatistics { received.withLock { $0.playout } }
    /// Likewise: samples that we concealed, and how often the audio thread woke up late.
    var concealment: (samples: Int, lateWakes: Int) {
        received.withLock { (Int($0.playout.concealedSamples), $0.lateWakes) }
    }
    var connection: ConnectionID { opened.withLock { $0! } }

    func open(onEvent: @escaping @Sendable (PeerConnection.Event) -> Void) async throws {
        self.onEvent.withLock { $0 = onEvent }
        let configuration = PeerConnection.Configuration(
            certificate: try Certificate(at: MonotonicClock.wallTime), seed: SecureRandom.seed(),
            iceEntropy: SecureRandom.bytes(24),
            cname: "room",
            wallTime: MonotonicClock.wallTime, wallTimeAt: MonotonicClock.now,
            startBitrate: settings.startBitrate, maximumBitrate: settings.maximumBitrate,
            codecs: .standard.preferring(settings.codec == .vp9 ? .vp9 : .vp8))
        let id = try await thread.open(configuration, includeLoopback: true, sink: self)
        opened.withLock { $0 = id }
    }

    func with<T: Sendable>(_ body: @escaping @Sendable (inout PeerConnection, Instant) throws -> T) async throws -> T {
        try await thread.with(connection, body)
    }

    /// Starts devices, encoders and decoders.
    func startMedia(audio: TransceiverID?, video: TransceiverID?) async throws {
        var audioOut: OutgoingAudioQueue?
        var videoOut: OutgoingVideoQueue?
        if let audio, settings.sendsAudio { audioOut = try await thread.audioQueue(for: connection, on: audio) }
        if let video, settings.sendsVideo { videoOut = try await thread.videoQueue(for: connection, on: video) }
        let target = try await with { peer, _ in peer.videoTargetBitrate }
        var started = [
            try DeviceThread(name: "audio") { [self, audioOut] in runAudio(audioOut) },
            try DeviceThread(name: "decode") { [self] in runDecoder(video) },
        ]
        if let videoOut {
            started.append(try DeviceThread(name: "encode") { [self] in runCamera(videoOut, target) })
        }
        threads.withLock { [started] in $0 = started }
    }

    /// Closes the connection with its farewell and ends all threads.
    func stop() async throws {
        isStopped.store(true, ordering: .releasing)
        arrivedVideo.close()
        try? await thread.close(connection)
        for thread in threads.withLock({ $0 }) { thread.join() }
        thread.stop()
    }

    func requestKeyFrame(on transceiver: TransceiverID) async throws {
        try await with { $0.requestKeyFrame(on: transceiver, at: $1) }
    }

    // MARK: - Sink

    func event(_ event: PeerConnection.Event) {
        received.withLock { $0.events.append((MonotonicClock.now, event)) }
        switch event {
        case .keyFrameRequested: orders.withLock { $0.keyFrame = true }
        case .targetBitrate(let target): orders.withLock { $0.bitrate = target }
        case .stateChanged, .localCandidate, .gatheringComplete, .streamEnded, .failure: break
        }
        onEvent.withLock { $0 }(event)
    }

    func audio(_ packet: ReceivedAudioPacket, payload: Span<UInt8>) {
        let bytes = payload.withUnsafeBufferPointer { Array($0) }
        let playout = PlayoutPacket(
            sequence: packet.sequence, timestamp: packet.timestamp, arrival: packet.arrival,
            captureTime: packet.captureTime ?? PlayoutPacket.unknownCaptureTime, isRepair: packet.isRepair)
        arrivedAudio.withLock { $0.append((playout, bytes)) }
        received.withLock { received in
            received.audioPackets += 1
            if packet.captureTime != nil { received.timedPackets += 1 }
            if let level = packet.level { received.levels.append(level) }
        }
    }

    func video(_ frame: ReceivedVideoFrame, frame bytes: inout [UInt8]) {
        received.withLock { received in
            if frame.isKeyFrame { received.keyFrames += 1 }
            if frame.captureTime != nil { received.timedPictures += 1 }
        }
        arrivedVideo.push(swapping: &bytes, isKeyFrame: frame.isKeyFrame, tag: frame)
    }

    // MARK: - Threads

    private var goesOn: Bool { !isStopped.load(ordering: .acquiring) }

    private func runCamera(_ queue: OutgoingVideoQueue, _ target: Int) {
        do {
            let camera = try PatternCamera(
                width: settings.width, height: settings.height, rate: FrameRate(settings.rate)!)
            let pool = FramePool(capacity: 4)
            var encoder = try VideoEncoder(
                VideoEncoder.Configuration(
                    codec: settings.codec, width: settings.width, height: settings.height,
                    frameRate: Double(settings.rate), bitrate: target))
            received.withLock { $0.videoTarget = target }
            var bytes: [UInt8] = []
            while goesOn {
                guard let frame = try camera.capture(from: pool, until: MonotonicClock.now + .milliseconds(200)) else {
                    continue
                }
                let order = orders.withLock { orders in
                    defer { orders = Orders() }
                    return orders
                }
                if order.keyFrame || queue.takeKeyFrameNeed() { encoder.forceKeyFrame() }
                if let bitrate = order.bitrate {
                    try encoder.setBitrate(bitrate)
                    received.withLock { $0.videoTarget = bitrate }
                }
                bytes.removeAll(keepingCapacity: true)
                guard let isKeyFrame = try encoder.encode(frame, appendingTo: &bytes) else {
                    received.withLock { $0.skippedPictures += 1 }
                    continue
                }
                received.withLock { received in
                    received.sentPictures += 1
                    received.sentKeyFrames += isKeyFrame ? 1 : 0
                }
                queue.push(
                    swapping: &bytes, codec: settings.codec == .vp9 ? .vp9 : .vp8, isKeyFrame: isKeyFrame,
                    timestamp: Self.ticks(frame.captureTime, rate: 90), captureTime: frame.captureTime)
            }
        } catch {
            fatalError("the camera thread: \(error)")
        }
    }

    /// - Parameter rate: ticks a millisecond.
    private static func ticks(_ instant: Instant, rate: Int64) -> UInt32 {
        UInt32(truncatingIfNeeded: instant.nanoseconds / 1000 * rate / 1000)
    }

    private func runAudio(_ queue: OutgoingAudioQueue?) {
        do {
            let microphone = try ToneMicrophone(frequency: settings.hertz)
            let speaker = NullSpeaker()
            var encoder = try OpusEncoder()
            var playout = try PlayoutBuffer()
            var block = [Float](repeating: 0, count: AudioFormat.blockSize)
            var captured: [Float] = []
            var start = Instant.zero
            var timestamp: UInt32 = 0
            var packet: [UInt8] = []
            received.withLock { $0.sound.reserveCapacity(90 * AudioFormat.sampleRate) }
            while goesOn {
                let now = try speaker.waitForBlock()
                let lateness = MonotonicClock.now - now
                for (packet, payload) in arrivedAudio.withLock({ swapOut(&$0) }) {
                    payload.withUnsafeBufferPointer { playout.insert($0, packet) }
                }
                let isSound = block.withUnsafeMutableBufferPointer {
                    playout.pull(into: $0, at: MonotonicClock.now).isSound
                }
                received.withLock { received in
                    if isSound, received.firstSoundAt == nil, block.contains(where: { abs($0) > 0.01 }) {
                        received.firstSoundAt = MonotonicClock.now
                    }
                    if isSound { received.sound += block }
                    received.latestWake = max(received.latestWake, lateness)
                    if lateness > .milliseconds(20) { received.lateWakes += 1 }
                    received.playout = playout.statistics
                    received.audioDepth = playout.depth
                }
                guard let queue else { continue }
                let heard = try block.withUnsafeMutableBufferPointer { try microphone.read(into: $0, at: now) }
                if captured.isEmpty { start = heard ?? now }
                captured += block
                guard captured.count == OpusEncoder.frameSize else { continue }
                packet.removeAll(keepingCapacity: true)
                try encoder.encode(captured, appendingTo: &packet)
                captured.removeAll(keepingCapacity: true)
                queue.push(
                    packet.span, timestamp: timestamp, level: AudioLevel(isVoice: true, minusDecibels: 20),
                    captureTime: start)
                timestamp &+= UInt32(OpusEncoder.frameSize)
            }
        } catch {
            fatalError("the audio thread: \(error)")
        }
    }

    private func runDecoder(_ transceiver: TransceiverID?) {
        do {
            var decoder = try VideoDecoder()
            let pool = FramePool(capacity: 4)
            var bytes: [UInt8] = []
            while goesOn {
                let popped = arrivedVideo.pop(swapping: &bytes, until: MonotonicClock.now + .milliseconds(200))
                guard let popped else { continue }
                let codec: VideoCodec = popped.tag.codec == .vp9 ? .vp9 : .vp8
                received.withLock { _ = $0.codecs.insert(codec) }
                if decoder.codec != codec { decoder = try VideoDecoder(codec) }
                do {
                    guard let frame = try decoder.decode(bytes.span, into: pool) else { continue }
                    let now = MonotonicClock.now
                    let age = TimeCodeReader.read(frame).map { TimeCode.age(of: $0, at: now) }
                    let picture = Picture(at: now, width: frame.width, height: frame.height, age: age)
                    received.withLock { $0.pictures.append(picture) }
                } catch {
                    received.withLock { $0.decodingErrors += 1 }
                    if let transceiver { Task { try? await requestKeyFrame(on: transceiver) } }
                }
            }
        } catch {
            fatalError("the decoding thread: \(error)")
        }
    }
}

private func swapOut<Element>(_ array: inout [Element]) -> [Element] {
    defer { array.removeAll(keepingCapacity: true) }
    return array
}

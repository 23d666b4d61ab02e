import Base
import RTP
import WebRTC

/// What one end sends: sound every 20 ms, 25 pictures a second of the size that the granted bitrate allows. Each
/// carries its number, so that the other end can tell what came.
struct MediaPump {
    var audio: TransceiverID?
    var video: TransceiverID?
    private(set) var ticks = 0
    private(set) var refused = 0
    private var picture: [UInt8] = []
    private var needsKeyFrame = true

    static let tick = Duration.milliseconds(20)
    /// The longest picture.
    private static let filling = [UInt8](repeating: 0x5A, count: 300_000 / 8 / 25 * 3)

    mutating func tick(_ peer: inout PeerConnection, wantsKeyFrame: inout Bool, at now: Instant) {
        let number = ticks
        ticks += 1
        if let audio {
            let payload = Self.payload(number)
            let isTaken = peer.sendAudio(
                payload.span, on: audio, timestamp: UInt32(number * 960), level: .silence, captureTime: now, at: now)
            if !isTaken { refused += 1 }
        }
        guard let video, number % 2 == 0 else { return }
        if wantsKeyFrame { needsKeyFrame = true }
        wantsKeyFrame = false
        // At most 300 kb/s: what is tested is the way, not its width.
        let count = min(max(peer.videoTargetBitrate, 50_000), 300_000) / 8 / 25 * (needsKeyFrame ? 3 : 1)
        write(number, isKeyFrame: needsKeyFrame, count: count)
        let isTaken = peer.sendVideo(
            picture.span, codec: .vp8, isKeyFrame: needsKeyFrame, on: video, timestamp: UInt32(number * 1800),
            captureTime: now,
            at: now)
        if isTaken { needsKeyFrame = false } else { refused += 1 }
    }

    private mutating func write(_ number: Int, isKeyFrame: Bool, count: Int) {
        picture.removeAll(keepingCapacity: true)
        picture.append(contentsOf: Self.head(isKeyFrame: isKeyFrame))
        picture.append(bigEndian: UInt32(number))
        if picture.count < count { picture += Self.filling[..<min(count - picture.count, Self.filling.count)] }
    }

    /// The beginning of a VP8 frame, as far as packetisation and assembly look into it.
    static func head(isKeyFrame: Bool) -> [UInt8] {
        isKeyFrame ? [0x10, 0, 0, 0x9D, 0x01, 0x2A, 0x80, 0x02, 0x68, 0x01] : [0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    }

    static func payload(_ number: Int) -> [UInt8] {
        var bytes: [UInt8] = [0x78]
        bytes.append(bigEndian: UInt32(number))
        return bytes
    }

    /// The number that stands in a payload or a picture at `offset`.
    static func number(in bytes: [UInt8], at offset: Int) -> Int {
        guard bytes.count >= offset + 4 else { return -1 }
        return bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
    }
}

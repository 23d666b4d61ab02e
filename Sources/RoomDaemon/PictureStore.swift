import Base
import Compositor
import Media
import Synchronization

/// Decoded pictures waiting for their moment: a few for each stream, shown when their presentation time has come.
final class PictureStore: Sendable {
    private struct Stream: Sendable {
        var waiting: [VideoFrame] = []
        var shown: VideoFrame?
        /// Whether `shown` came there before its time, for want of room.
        var wasPushed = false
    }

    /// Pictures of one stream held at most: two thirds of a second at 30 frames a second.
    static let capacity = 20

    private let streams = Mutex<[PictureID: Stream]>([:])

    /// Adds a picture; when there are too many the oldest is shown before its time, so that the stream goes on.
    func add(_ frame: VideoFrame, to id: PictureID) {
        streams.withLock { streams in
            var stream = streams.removeValue(forKey: id) ?? Stream()
            if stream.waiting.count >= Self.capacity {
                stream.shown = stream.waiting.removeFirst()
                stream.wasPushed = true
            }
            stream.waiting.append(frame)
            streams[id] = stream
        }
    }

    /// Brings every stream to the newest picture that is due.
    /// - Returns: whether anything is to be drawn anew.
    func advance(to now: Instant) -> Bool {
        streams.withLock { streams in
            var hasChanged = false
            for id in Array(streams.keys) {
                guard var stream = streams[id] else { continue }
                let last = stream.waiting.lastIndex { $0.presentationTime <= now }
                guard stream.wasPushed || last != nil else { continue }
                stream.wasPushed = false
                if let last {
                    stream.shown = stream.waiting[last]
                    stream.waiting.removeSubrange(...last)
                }
                streams[id] = stream
                hasChanged = true
            }
            return hasChanged
        }
    }

    /// What is to be shown of a stream now.
    func picture(_ id: PictureID) -> VideoFrame? {
        streams.withLock { $0[id]?.shown }
    }

    /// Streams that have shown something.
    var visible: Set<PictureID> {
        streams.withLock { streams in Set(streams.filter { $0.value.shown != nil }.keys) }
    }

    var depths: [BufferDepth] {
        streams.withLock { streams in
            streams.values.map { BufferDepth("pictures", depth: $0.waiting.count, capacity: Self.capacity) }
        }
    }

    func remove(_ id: PictureID) {
        streams.withLock { $0[id] = nil }
    }

    func removeAll() {
        streams.withLock { $0 = [:] }
    }
}

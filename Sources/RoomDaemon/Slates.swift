import Base
import Compositor
import Media

/// What goes out in place of the camera's pictures while there are none: each slate is painted once for each size, and
/// copied from then on. For one thread.
struct Slates {
    /// Why there are no pictures.
    enum Reason: Hashable, Sendable {
        case disconnected
        /// An HDMI input that receives nothing.
        case noSignal
        /// It is there, and has no picture yet, or none any more.
        case silent
    }

    private struct Painted {
        var reason: Reason
        var frame: VideoFrame
    }

    private let language: String
    private let roomName: String
    /// The one that is used, and the one that takes its place.
    private let originals = FramePool(capacity: 2)
    private var painted: Painted?

    init(language: String = "en", roomName: String = "") {
        self.language = language
        self.roomName = roomName
    }

    /// - Returns: nil when the pool is exhausted.
    mutating func picture(_ reason: Reason, width: Int, height: Int, from pool: FramePool) -> VideoFrame? {
        if painted?.reason != reason || painted?.frame.width != width || painted?.frame.height != height {
            painted = originals.take(width: width, height: height).map { frame in
                Slate.paint(text(reason), detail: roomName, language: language, into: frame)
                return Painted(reason: reason, frame: frame)
            }
        }
        guard let original = painted?.frame, let copy = pool.take(width: width, height: height) else { return nil }
        // Frames of one size are laid out alike, plane after plane.
        let bytes = original.strideY * height + 2 * original.strideUV * original.chromaHeight
        copy.y.update(from: original.y, count: bytes)
        return copy
    }

    func text(_ reason: Reason) -> String {
        let isGerman = LocalTime.isGerman(language)
        switch reason {
        case .disconnected: return isGerman ? "Kamera getrennt" : "Camera disconnected"
        case .noSignal: return isGerman ? "Kein Signal von der Kamera" : "No signal from the camera"
        case .silent: return isGerman ? "Warten auf die Kamera" : "Waiting for the camera"
        }
    }
}

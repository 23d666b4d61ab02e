import Base
import Compositor
import Media

/// Pictures that differ from one to the next, made beforehand: making them is a decoder's work, not the compositor's.
struct BenchPictures {
    /// Of each source; more than one, so that the compositor never meets a picture that is still in a cache from the
    /// last frame.
    static let kept = 4

    private var frames: [VideoFrame] = []

    init(size: PixelSize, seed: UInt64) {
        let pool = FramePool(capacity: Self.kept)
        var random = SeededRandom(seed: seed)
        for number in 0..<Self.kept {
            guard let frame = pool.take(width: size.width, height: size.height) else {
                preconditionFailure("the pool is as large as what is taken from it")
            }
            for row in 0..<size.height {
                let line = frame.y + row * frame.strideY
                for column in 0..<size.width {
                    // A slope that moves, with some noise.
                    let slope = 16 + (row + column + 16 * number) % 200
                    line[column] = UInt8(slope + Int(random.next() % 8))
                }
            }
            for row in 0..<frame.chromaHeight {
                for column in 0..<frame.chromaWidth {
                    frame.u[row * frame.strideUV + column] = UInt8(64 + (column + 8 * number) % 128)
                    frame.v[row * frame.strideUV + column] = UInt8(64 + (row + 8 * number) % 128)
                }
            }
            frames.append(frame)
        }
    }

    /// The picture for one frame of the display.
    func picture(_ number: Int) -> VideoFrame {
        let frame = frames[number % Self.kept]
        frame.sequence = UInt64(number) + 1
        return frame
    }
}

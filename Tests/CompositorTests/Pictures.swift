import Base
import Media

/// Frames for tests.
enum Pictures {
    /// Of one colour.
    static func solid(_ luma: UInt8, _ blue: UInt8, _ red: UInt8, width: Int, height: Int, sequence: UInt64 = 1)
        -> VideoFrame
    {
        guard let frame = FramePool(capacity: 1).take(width: width, height: height) else { fatalError("a new pool") }
        frame.y.initialize(repeating: luma, count: frame.strideY * height)
        frame.u.initialize(repeating: blue, count: frame.strideUV * frame.chromaHeight)
        frame.v.initialize(repeating: red, count: frame.strideUV * frame.chromaHeight)
        frame.sequence = sequence
        frame.captureTime = Instant(nanoseconds: Int64(sequence) * 33_000_000)
        return frame
    }

    static func red(width: Int = 640, height: Int = 360, sequence: UInt64 = 1) -> VideoFrame {
        solid(81, 90, 240, width: width, height: height, sequence: sequence)
    }

    static func blue(width: Int = 640, height: Int = 360, sequence: UInt64 = 1) -> VideoFrame {
        solid(41, 240, 110, width: width, height: height, sequence: sequence)
    }

    /// BT.601: what `red` and `blue` look like on a display.
    static let redOnDisplay: UInt32 = 0xFF0000
    static let blueOnDisplay: UInt32 = 0x0000FF

    /// Somebody before a wall, as a camera sees it: for looking at.
    static func person(_ number: Int, width: Int, height: Int) -> VideoFrame {
        let frame = solid(120, 128, 128, width: width, height: height, sequence: UInt64(number + 1))
        var random = SeededRandom(seed: UInt64(number) + 7)
        let wall = Int.random(in: 70...170, using: &random)
        let tint = (Int.random(in: 112...144, using: &random), Int.random(in: 112...144, using: &random))
        let shirt = (
            Int.random(in: 40...180, using: &random), Int.random(in: 80...170, using: &random),
            Int.random(in: 90...170, using: &random)
        )
        let skin = Int.random(in: 90...190, using: &random)
        for y in 0..<height {
            for x in 0..<width {
                let (fx, fy) = (Double(x) / Double(width), Double(y) / Double(height))
                let dx = (fx - 0.5) * Double(width) / Double(height)
                let head = (dx / 0.15) * (dx / 0.15) + ((fy - 0.4) / 0.2) * ((fy - 0.4) / 0.2)
                let body = (dx / 0.36) * (dx / 0.36) + ((fy - 1.05) / 0.4) * ((fy - 1.05) / 0.4)
                var value = (wall + Int(40 * fx) - Int(50 * fy), tint.0, tint.1)
                if body < 1 { value = (shirt.0 - Int(30 * dx), shirt.1, shirt.2) }
                if head < 1 { value = (skin - Int(60 * dx), 112, 150) }
                if head < 1.1, fy < 0.32 { value = (40, 124, 132) }
                frame.y[y * frame.strideY + x] = UInt8(min(max(value.0, 16), 235))
                frame.u[y / 2 * frame.strideUV + x / 2] = UInt8(value.1)
                frame.v[y / 2 * frame.strideUV + x / 2] = UInt8(value.2)
            }
        }
        return frame
    }

    /// A slide with lines of text and a chart: for looking at.
    static func slide(width: Int, height: Int) -> VideoFrame {
        let frame = solid(235, 128, 128, width: width, height: height)
        for y in 0..<height {
            for x in 0..<width {
                let (column, row) = (x * 96 / width, y * 54 / height)
                var value: (UInt8, UInt8, UInt8)?
                if row < 7 { value = (70, 160, 110) }
                if (12..<48).contains(row), row % 5 < 2, column > 5, column < 28 + row * 7 % 19 {
                    value = (60, 128, 128)
                }
                let bar = (column - 56) / 8
                if column >= 56, column < 88, (column - 56) % 8 < 6, row < 48, row > 40 - bar * 7 {
                    value = (120, 90, 100)
                }
                guard let value else { continue }
                frame.y[y * frame.strideY + x] = value.0
                frame.u[y / 2 * frame.strideUV + x / 2] = value.1
                frame.v[y / 2 * frame.strideUV + x / 2] = value.2
            }
        }
        return frame
    }
}

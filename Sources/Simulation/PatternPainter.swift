import Base
import CYUV
import Media

/// Draws the pictures of `pattern:`.
///
/// Everything costly is drawn once: a background twice as wide as the picture, of which a window that slides is copied,
/// and a sheet of coarse noise, of which a random piece is copied. What moves by itself is a few rectangles.
final class PatternPainter {
    private static let white: Int32 = 235
    private static let black: Int32 = 16
    private static let neutral: Int32 = 128
    private static let digitCount = 8

    private let width: Int
    private let height: Int
    /// The unit of everything: a block of the time code.
    private let unit: Int
    private let background: VideoFrame
    /// Only its luma is used.
    private let noise: VideoFrame
    private var random = SeededRandom(seed: 0x7061_7474_6572_6E)

    /// - Parameters:
    ///   - width: a multiple of 80.
    ///   - height: even, at least a fifth of the width.
    init(width: Int, height: Int) {
        precondition(width % TimeCode.widthUnit == 0 && height % 2 == 0 && height * 5 >= width)
        self.width = width
        self.height = height
        unit = width / TimeCode.widthUnit
        // A pool's first frame of any size always exists.
        background = FramePool(capacity: 1).take(width: 2 * width, height: height)!
        noise = FramePool(capacity: 1).take(width: width / 2, height: height / 2)!
        drawBackground()
        let seeds = randomPlane(width: width / 8, height: max(height / 8, 1), 64...192)
        ScalePlane(
            seeds, Int32(width / 8), Int32(width / 8), Int32(max(height / 8, 1)), noise.y, Int32(noise.strideY),
            Int32(noise.width), Int32(noise.height), kFilterNone)
    }

    /// Draws one picture.
    /// - Parameters:
    ///   - index: moves the background, so that it slides by two columns a picture.
    ///   - number: is shown to people.
    ///   - isFlash: white but for the time code.
    func draw(into frame: VideoFrame, index: Int64, number: UInt64, at instant: Instant, isFlash: Bool) {
        if isFlash {
            fill(frame, x: 0, y: 0, width: width, height: height, luma: Self.white)
        } else {
            drawMovingParts(into: frame, index: index, at: instant)
            drawNumber(number, into: frame)
        }
        drawTimeCode(TimeCode.milliseconds(of: instant), into: frame)
    }

    private func drawMovingParts(into frame: VideoFrame, index: Int64, at instant: Instant) {
        let offset = Int(index % Int64(width / 2)) * 2
        I420Copy(
            background.y + offset, Int32(background.strideY), background.u + offset / 2, Int32(background.strideUV),
            background.v + offset / 2, Int32(background.strideUV), frame.y, Int32(frame.strideY), frame.u,
            Int32(frame.strideUV), frame.v, Int32(frame.strideUV), Int32(width), Int32(height))
        // A quarter of each side in the lower right corner never looks the same twice.
        let (columns, rows) = (width / 4, height / 4)
        let draw = random.next()
        let left = Int(draw & 0xFFFF) % (noise.width - columns + 1)
        let top = Int(draw >> 16 & 0xFFFF) % (noise.height - rows + 1)
        CopyPlane(
            noise.y + top * noise.strideY + left, Int32(noise.strideY),
            frame.y + (height - rows - unit) * frame.strideY + width - columns - unit, Int32(frame.strideY),
            Int32(columns), Int32(rows))
        // The bar crosses the picture in four seconds.
        let milliseconds = instant.nanoseconds / 1_000_000 % 4000
        let bar = 2 * unit
        fill(
            frame, x: Int(milliseconds) * (width - bar) / 4000, y: 5 * unit, width: bar, height: height - 5 * unit,
            luma: 170, u: 90, v: 190)
    }

    private func drawNumber(_ number: UInt64, into frame: VideoFrame) {
        let dot = max(unit / 2, 1)
        let (left, top) = (4 * unit, 5 * unit)
        let cell = (DigitFont.columns + 1) * dot
        fill(
            frame, x: left, y: top, width: Self.digitCount * cell + dot, height: (DigitFont.rows + 2) * dot,
            luma: Self.black)
        var rest = number
        for place in (0..<Self.digitCount).reversed() {
            let glyph = DigitFont.glyphs[Int(rest % 10)]
            rest /= 10
            for row in 0..<DigitFont.rows {
                let y = top + (row + 1) * dot
                for column in 0..<DigitFont.columns where glyph[row] >> (4 - column) & 1 == 1 {
                    let x = left + dot + place * cell + column * dot
                    SetPlane(
                        frame.y + y * frame.strideY + x, Int32(frame.strideY), Int32(dot), Int32(dot),
                        UInt32(Self.white))
                }
            }
        }
    }

    private func drawTimeCode(_ milliseconds: UInt32, into frame: VideoFrame) {
        // One dark unit around keeps the neighbourhood from bleeding in when the picture is scaled and coded.
        fill(
            frame, x: (TimeCode.column - 1) * unit, y: (TimeCode.row - 1) * unit,
            width: (TimeCode.blockCount + 2) * unit, height: 3 * unit, luma: Self.black)
        let bits = TimeCode.bits(milliseconds: milliseconds)
        for block in 0..<TimeCode.blockCount where bits >> (TimeCode.blockCount - 1 - block) & 1 == 1 {
            let x = (TimeCode.column + block) * unit
            SetPlane(
                frame.y + TimeCode.row * unit * frame.strideY + x, Int32(frame.strideY), Int32(unit), Int32(unit),
                UInt32(Self.white))
        }
    }

    private func fill(
        _ frame: VideoFrame, x: Int, y: Int, width: Int, height: Int, luma: Int32, u: Int32 = neutral,
        v: Int32 = neutral
    ) {
        I420Rect(
            frame.y, Int32(frame.strideY), frame.u, Int32(frame.strideUV), frame.v, Int32(frame.strideUV), Int32(x),
            Int32(y), Int32(width), Int32(height), luma, u, v)
    }

    /// Large soft patches of colour with fine grain over them.
    private func drawBackground() {
        let stride = background.strideY
        let scratch = FramePool(capacity: 2)
        guard let soft = scratch.take(width: width, height: height),
            let grain = scratch.take(width: width, height: height)
        else { preconditionFailure("a new pool has frames") }
        let patches = randomPlane(width: 20, height: 12, 30...220)
        ScalePlane(
            patches, 20, 20, 12, soft.y, Int32(soft.strideY), Int32(width), Int32(height), kFilterBilinear)
        let (columns, rows) = (width / 4, max(height / 4, 1))
        let grains = randomPlane(width: columns, height: rows, 30...220)
        ScalePlane(
            grains, Int32(columns), Int32(columns), Int32(rows), grain.y, Int32(grain.strideY), Int32(width),
            Int32(height), kFilterBilinear)
        let weights = [UInt8](repeating: 72, count: width)
        BlendPlane(
            grain.y, Int32(grain.strideY), soft.y, Int32(soft.strideY), weights, 0, background.y, Int32(stride),
            Int32(width), Int32(height))
        CopyPlane(
            background.y, Int32(stride), background.y + width, Int32(stride), Int32(width), Int32(height))
        for plane in [background.u, background.v] {
            let colours = randomPlane(width: 10, height: 6, 70...186)
            let (columns, rows, stride) = (Int32(width / 2), Int32(height / 2), Int32(background.strideUV))
            ScalePlane(colours, 10, 10, 6, plane, stride, columns, rows, kFilterBilinear)
            CopyPlane(plane, stride, plane + width / 2, stride, columns, rows)
        }
    }

    private func randomPlane(width: Int, height: Int, _ range: ClosedRange<Int>) -> [UInt8] {
        (0..<width * height).map { _ in
            UInt8(truncatingIfNeeded: range.lowerBound + Int(random.next() >> 33) % range.count)
        }
    }
}

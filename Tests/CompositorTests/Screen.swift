import Glibc
import Media

/// A display in ordinary memory with one or more buffers, filled with a colour that nothing ever draws.
final class Screen {
    static let untouched: UInt32 = 0xFFFF_00FF

    let width: Int
    let height: Int
    let buffers: [DisplayBuffer]

    init(width: Int, height: Int, buffers count: Int = 1) {
        self.width = width
        self.height = height
        let stride = width * 4 + 64
        buffers = (0..<count).map { _ in
            DisplayBuffer(
                pixels: UnsafeMutableRawPointer.allocate(byteCount: stride * height, alignment: 64), width: width,
                height: height, stride: stride)
        }
        for index in buffers.indices { wipe(index) }
    }

    deinit {
        for buffer in buffers { buffer.pixels.deallocate() }
    }

    var buffer: DisplayBuffer { buffers[0] }

    /// Fills a buffer with the colour that nothing draws, so that what is rewritten can be seen.
    func wipe(_ index: Int = 0, with colour: UInt32 = Screen.untouched) {
        let buffer = buffers[index]
        buffer.pixels.initializeMemory(
            as: UInt32.self, repeating: colour, count: buffer.stride * buffer.height / 4)
    }

    /// 0xRRGGBB.
    func pixel(_ x: Int, _ y: Int, in index: Int = 0) -> UInt32 {
        let buffer = buffers[index]
        return buffer.pixels.load(fromByteOffset: y * buffer.stride + x * 4, as: UInt32.self) & 0xFF_FFFF
    }

    /// Whether two buffers of one size show the same picture.
    func shows(_ index: Int = 0, sameAs other: Screen, _ otherIndex: Int = 0) -> Bool {
        guard width == other.width, height == other.height else { return false }
        let (a, b) = (buffers[index], other.buffers[otherIndex])
        return (0..<height).allSatisfy { memcmp(a.pixels + $0 * a.stride, b.pixels + $0 * b.stride, width * 4) == 0 }
    }

    /// Takes over a part of another screen of the same size.
    func copy(_ rect: DisplayRect, from other: Screen, _ index: Int) {
        for row in Int(rect.top)..<Int(rect.bottom) {
            memcpy(
                buffers[0].pixels + row * buffers[0].stride + Int(rect.left) * 4,
                other.buffers[index].pixels + row * other.buffers[index].stride + Int(rect.left) * 4,
                Int(rect.right - rect.left) * 4)
        }
    }

    /// All picture elements of a rectangle.
    func pixels(x: Int, y: Int, width: Int, height: Int, in index: Int = 0) -> [UInt32] {
        (y..<y + height).flatMap { row in (x..<x + width).map { pixel($0, row, in: index) } }
    }
}

/// How far two colours are apart: the largest difference of red, green or blue.
func distance(_ a: UInt32, _ b: UInt32) -> Int {
    [16, 8, 0].map { abs(Int(a >> $0 & 0xFF) - Int(b >> $0 & 0xFF)) }.max() ?? 0
}

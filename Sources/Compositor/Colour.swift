/// A colour as 0xAARRGGBB, not premultiplied.
struct Colour: Hashable {
    var value: UInt32

    init(_ value: UInt32) {
        self.value = value
    }

    var alpha: Double { Double(value >> 24 & 0xFF) / 255 }
    var red: Double { Double(value >> 16 & 0xFF) / 255 }
    var green: Double { Double(value >> 8 & 0xFF) / 255 }
    var blue: Double { Double(value & 0xFF) / 255 }

    func withAlpha(_ alpha: Double) -> Colour {
        Colour(value & 0xFF_FFFF | UInt32((min(max(alpha, 0), 1) * 255).rounded()) << 24)
    }
}

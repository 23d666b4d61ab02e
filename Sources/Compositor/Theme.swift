/// The look: colours, and sizes as shares of the display's height, so that 720p and 4K look alike from the same chair.
struct Theme {
    static let background = Colour(0xFF10_1418)
    static let tile = Colour(0xFF1C_232A)
    static let card = Colour(0xFF1B_2229)
    static let cardBorder = Colour(0xFF3A_4651)
    static let plate = Colour(0xC810_1418)
    static let text = Colour(0xFFF4_F7F9)
    static let secondary = Colour(0xFFA7_B4BF)
    /// Who speaks, what comes next.
    static let accent = Colour(0xFF35_D08A)
    static let onAccent = Colour(0xFF06_2216)
    static let warning = Colour(0xFFFF_B732)
    static let onWarning = Colour(0xFF2B_1B00)
    static let alarm = Colour(0xFFFF_5C57)
    static let black = Colour(0xFF00_0000)

    /// For initials; each carries white text at a contrast of 4.5 or more.
    static let avatars: [Colour] = [
        0xFF2F_6FDE, 0xFF8E_4EC6, 0xFFC2_3D7A, 0xFFC4_4536, 0xFFA8_5A10, 0xFF5E_7A16, 0xFF1D_7F54, 0xFF0F_7A8A,
        0xFF5B_5BD6, 0xFF7A_6455,
    ].map { Colour($0) }

    /// The same person has the same colour in every meeting and on every room's display.
    static func avatar(for id: String) -> Colour {
        // FNV-1a; Swift's own hashes differ from run to run.
        var hash: UInt32 = 2_166_136_261
        for byte in id.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return avatars[Int(hash % UInt32(avatars.count))]
    }

    var height: Double

    init(display: PixelSize) {
        // An upright display is read by its width.
        height = Double(min(display.height, display.width * 9 / 10))
    }

    func length(_ share: Double) -> Int { max(1, Int((height * share).rounded())) }
    func even(_ share: Double) -> Int { max(2, (height * share).evenRounded) }

    /// The speaker's frame: half a percent of the height.
    var frame: Int { even(0.005) }
    var radius: Int { even(0.012) }
    /// Rows that title and marks take at the top.
    var header: Int { even(0.084) }

    /// Text size of a tile's label.
    func label(in tile: PixelRect) -> Double {
        min(max(Double(tile.height) * 0.07, height * 0.019), height * 0.027).rounded()
    }
}

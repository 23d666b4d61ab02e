/// One thing drawn over a picture or the background.
struct Drawing: Equatable {
    enum Ink: Equatable {
        case overlay(Overlay)
        /// Opaque.
        case fill(Colour)

        /// The same object, not an equal picture: overlays come from a cache, so what looks alike is the same.
        static func == (a: Ink, b: Ink) -> Bool {
            switch (a, b) {
            case (.overlay(let a), .overlay(let b)): a === b
            case (.fill(let a), .fill(let b)): a == b
            case (.overlay, .fill), (.fill, .overlay): false
            }
        }
    }

    var ink: Ink
    var rect: PixelRect

    init(_ overlay: Overlay, x: Int, y: Int) {
        ink = .overlay(overlay)
        rect = PixelRect(x: x, y: y, width: overlay.width, height: overlay.height)
    }

    init(_ colour: Colour, in rect: PixelRect) {
        ink = .fill(colour)
        self.rect = rect
    }
}

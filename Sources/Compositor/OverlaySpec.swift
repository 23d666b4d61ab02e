/// What an overlay shows: the key under which it is cached, and all that the painter needs. Lengths in picture
/// elements.
enum OverlaySpec: Hashable {
    case text(Text)
    case plate(Plate)
    case avatar(Avatar)
    case corner(Corner)
    case icon(Icon, size: Int, colour: Colour)

    enum Weight: Int32, Hashable {
        case regular = 400
        case bold = 700
    }

    /// Text without anything behind it.
    struct Text: Hashable {
        var text: String
        var size: Double
        var weight: Weight = .regular
        var colour: Colour = Theme.text
        var maxWidth: Int
        var lines = 1
        var isCentred = false
    }

    /// A rounded plate with marks and text.
    struct Plate: Hashable {
        struct Mark: Hashable {
            var icon: Icon
            var colour: Colour
        }

        var marks: [Mark] = []
        var text: String
        var size: Double
        var weight: Weight = .regular
        var colour: Colour = Theme.text
        var background: Colour = Theme.plate
        var maxWidth: Int
        /// At most; further text is cut.
        var lines = 1
    }

    /// A disc with initials.
    struct Avatar: Hashable {
        var initials: String
        var colour: Colour
        var diameter: Int
    }

    /// A quarter of a rounded corner, `radius` wide and high.
    struct Corner: Hashable {
        enum Place: Hashable, CaseIterable { case topLeft, topRight, bottomLeft, bottomRight }

        var place: Place
        var radius: Int
        /// Outside of the arc.
        var outside: Colour?
        /// Inside of the arc.
        var inside: Colour?
        /// Along the arc, inside of it.
        var ring: Colour?
        var thickness = 0
    }
}

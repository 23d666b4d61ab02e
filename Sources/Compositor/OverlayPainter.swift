import CPango

/// Paints overlays with Pango and Cairo. For one thread at a time.
final class OverlayPainter {
    private let context: OpaquePointer

    /// - Parameter language: BCP 47 tag of the room's language; decides between regional forms of Han characters.
    init(language: String?) {
        guard let context = cpango_context_new(language) else { preconditionFailure("GLib objects are always created") }
        self.context = context
    }

    deinit {
        cpango_context_free(context)
    }

    func paint(_ spec: OverlaySpec) -> Overlay {
        switch spec {
        case .text(let text): paint(text)
        case .plate(let plate): paint(plate)
        case .avatar(let avatar): paint(avatar)
        case .corner(let corner): paint(corner)
        case .icon(let icon, let size, let colour):
            Overlay(width: size, height: size) { cairo in
                icon.draw(cairo, x: 0, y: 0, size: Double(size), colour: colour)
            }
        }
    }

    /// Room left and right of a text for strokes that lean out of their advance width.
    static func textMargin(size: Double) -> Int { Int((size * 0.08).rounded(.up)) }

    private func paint(_ spec: OverlaySpec.Text) -> Overlay {
        withLayout(spec.text, spec.size, spec.weight, maxWidth: spec.maxWidth, lines: spec.lines) { layout in
            if spec.isCentred { pango_layout_set_alignment(layout, PANGO_ALIGN_CENTER) }
            let extents = Self.extents(of: layout)
            let margin = Self.textMargin(size: spec.size)
            return Overlay(
                width: min(extents.width, spec.maxWidth) + 2 * margin, height: extents.height,
                isCut: pango_layout_is_ellipsized(layout) != 0
            ) { cairo in
                Self.set(cairo, spec.colour)
                cairo_move_to(cairo, Double(margin - extents.x), Double(-extents.y))
                pango_cairo_show_layout(cairo, layout)
            }
        }
    }

    private func paint(_ spec: OverlaySpec.Plate) -> Overlay {
        // Of one line, whatever script it is in: plates that stand side by side are equally high.
        let lineHeight = Int((spec.size * 1.9).rounded()).evenDown
        let padding = (spec.size * 0.6).rounded()
        let mark = (spec.size * 1.15).rounded()
        let gap = (spec.size * 0.35).rounded()
        let hasText = !spec.text.isEmpty
        let marks = Double(spec.marks.count) * mark + Double(max(0, spec.marks.count - 1)) * gap
        let beforeText = padding + marks + (spec.marks.isEmpty ? 0 : gap)
        let room = max(1, spec.maxWidth - Int(beforeText + padding))
        return withLayout(spec.text, spec.size, spec.weight, maxWidth: room, lines: spec.lines) { layout in
            let extents = Self.extents(of: layout)
            let isWrapped = pango_layout_get_line_count(layout) > 1
            let height =
                isWrapped
                ? max(lineHeight, extents.height + Int((spec.size * 0.54).rounded())).evenDown : lineHeight
            let textWidth = min(extents.width, room)
            let width = hasText ? Int(beforeText + padding) + textWidth : Int(2 * padding + marks)
            return Overlay(
                width: min(width, max(spec.maxWidth, lineHeight)), height: height,
                isCut: pango_layout_is_ellipsized(layout) != 0
            ) { cairo in
                Self.roundedRectangle(
                    cairo, width: Double(width), height: Double(height), radius: Double(lineHeight) * 0.28)
                Self.set(cairo, spec.background)
                cairo_fill(cairo)
                var x = padding
                for item in spec.marks {
                    item.icon.draw(
                        cairo, x: x, y: (Double(height) - mark) / 2, size: mark, colour: item.colour)
                    x += mark + gap
                }
                guard hasText else { return }
                Self.set(cairo, spec.colour)
                cairo_move_to(
                    cairo, beforeText - Double(extents.x), Double((height - extents.height) / 2 - extents.y))
                pango_cairo_show_layout(cairo, layout)
            }
        }
    }

    private func paint(_ spec: OverlaySpec.Avatar) -> Overlay {
        let diameter = Double(spec.diameter)
        let size = diameter * (spec.initials.count > 1 ? 0.38 : 0.44)
        return withLayout(spec.initials, size, .regular, maxWidth: spec.diameter, lines: 1) { layout in
            var ink = PangoRectangle()
            var logical = PangoRectangle()
            pango_layout_get_pixel_extents(layout, &ink, &logical)
            return Overlay(width: spec.diameter, height: spec.diameter) { cairo in
                cairo_arc(cairo, diameter / 2, diameter / 2, diameter / 2, 0, 2 * Double.pi)
                Self.set(cairo, spec.colour)
                cairo_fill(cairo)
                Self.set(cairo, Theme.text)
                // Centred by what is seen, not by the font's line.
                cairo_move_to(
                    cairo, (diameter - Double(ink.width)) / 2 - Double(ink.x),
                    (diameter - Double(ink.height)) / 2 - Double(ink.y))
                pango_cairo_show_layout(cairo, layout)
            }
        }
    }

    private func paint(_ spec: OverlaySpec.Corner) -> Overlay {
        let radius = Double(spec.radius)
        let centre: (x: Double, y: Double) =
            switch spec.place {
            case .topLeft: (radius, radius)
            case .topRight: (0, radius)
            case .bottomLeft: (radius, 0)
            case .bottomRight: (0, 0)
            }
        return Overlay(width: spec.radius, height: spec.radius) { cairo in
            if let outside = spec.outside {
                Self.set(cairo, outside)
                cairo_rectangle(cairo, 0, 0, radius, radius)
                cairo_new_sub_path(cairo)
                cairo_arc(cairo, centre.x, centre.y, radius, 0, 2 * Double.pi)
                // What even-odd fills of the circle outside of the square is outside of the overlay too.
                cairo_set_fill_rule(cairo, CAIRO_FILL_RULE_EVEN_ODD)
                cairo_fill(cairo)
            }
            if let inside = spec.inside {
                Self.set(cairo, inside)
                cairo_arc(cairo, centre.x, centre.y, radius, 0, 2 * Double.pi)
                cairo_fill(cairo)
            }
            if let ring = spec.ring, spec.thickness > 0 {
                Self.set(cairo, ring)
                cairo_set_line_width(cairo, Double(spec.thickness))
                cairo_arc(cairo, centre.x, centre.y, radius - Double(spec.thickness) / 2, 0, 2 * Double.pi)
                cairo_stroke(cairo)
            }
        }
    }

    // MARK: Pango

    private func withLayout<Result>(
        _ text: String, _ size: Double, _ weight: OverlaySpec.Weight, maxWidth: Int, lines: Int,
        _ body: (OpaquePointer) -> Result
    ) -> Result {
        var text = text
        let layout = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                // Pango takes the length as given only with a pointer; an empty string may have none.
                cpango_layout_new(
                    context, characters.baseAddress, Int32(characters.count), size, weight.rawValue,
                    Int32(max(1, maxWidth)), Int32(lines))
            }
        }
        guard let layout else { preconditionFailure("GLib objects are always created") }
        defer { cpango_layout_free(layout) }
        cpango_layout_drop_unknown(layout)
        return body(layout)
    }

    private static func extents(of layout: OpaquePointer) -> PixelRect {
        var logical = PangoRectangle()
        pango_layout_get_pixel_extents(layout, nil, &logical)
        return PixelRect(
            x: Int(logical.x), y: Int(logical.y), width: Int(logical.width), height: Int(logical.height))
    }

    private static func set(_ cairo: OpaquePointer, _ colour: Colour) {
        cairo_set_source_rgba(cairo, colour.red, colour.green, colour.blue, colour.alpha)
    }

    private static func roundedRectangle(_ cairo: OpaquePointer, width: Double, height: Double, radius: Double) {
        cairo_new_sub_path(cairo)
        cairo_arc(cairo, width - radius, radius, radius, -Double.pi / 2, 0)
        cairo_arc(cairo, width - radius, height - radius, radius, 0, Double.pi / 2)
        cairo_arc(cairo, radius, height - radius, radius, Double.pi / 2, Double.pi)
        cairo_arc(cairo, radius, radius, radius, Double.pi, 3 * Double.pi / 2)
        cairo_close_path(cairo)
    }
}

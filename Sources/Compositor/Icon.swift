import CPango

/// Marks, drawn as paths in a unit square.
enum Icon: Hashable {
    case microphoneOff, cameraOff, connectionLost, hand, screen, recording, warning

    /// Draws into the square of `size` whose top left is at (x, y).
    func draw(_ cairo: OpaquePointer, x: Double, y: Double, size: Double, colour: Colour) {
        cairo_save(cairo)
        cairo_translate(cairo, x, y)
        cairo_scale(cairo, size, size)
        // A group of its own: what is cut out of a mark is not cut out of what is below.
        cairo_push_group(cairo)
        cairo_set_source_rgba(cairo, colour.red, colour.green, colour.blue, colour.alpha)
        cairo_set_line_cap(cairo, CAIRO_LINE_CAP_ROUND)
        cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND)
        cairo_set_line_width(cairo, 0.085)
        switch self {
        case .microphoneOff: microphoneOff(cairo)
        case .cameraOff: cameraOff(cairo)
        case .connectionLost: connectionLost(cairo)
        case .hand: hand(cairo)
        case .screen: screen(cairo)
        case .recording: recording(cairo)
        case .warning: warning(cairo)
        }
        cairo_pop_group_to_source(cairo)
        cairo_paint(cairo)
        cairo_restore(cairo)
    }

    private func microphoneOff(_ cairo: OpaquePointer) {
        capsule(cairo, x: 0.365, y: 0.06, width: 0.27, height: 0.52)
        cairo_fill(cairo)
        cairo_new_path(cairo)
        cairo_arc(cairo, 0.5, 0.44, 0.27, 0, Double.pi)
        cairo_stroke(cairo)
        line(cairo, 0.5, 0.71, 0.5, 0.9)
        line(cairo, 0.34, 0.92, 0.66, 0.92)
        strike(cairo)
    }

    private func cameraOff(_ cairo: OpaquePointer) {
        cairo_rectangle(cairo, 0.1, 0.27, 0.5, 0.46)
        cairo_fill_preserve(cairo)
        cairo_stroke(cairo)
        cairo_move_to(cairo, 0.7, 0.46)
        cairo_line_to(cairo, 0.92, 0.3)
        cairo_line_to(cairo, 0.92, 0.7)
        cairo_line_to(cairo, 0.7, 0.54)
        cairo_close_path(cairo)
        cairo_fill(cairo)
        strike(cairo)
    }

    private func connectionLost(_ cairo: OpaquePointer) {
        for (index, height) in [0.22, 0.42, 0.62, 0.82].enumerated() {
            cairo_rectangle(cairo, 0.08 + Double(index) * 0.225, 0.92 - height, 0.16, height)
        }
        cairo_fill(cairo)
        strike(cairo)
    }

    /// A raised hand: palm, four fingers and a thumb.
    private func hand(_ cairo: OpaquePointer) {
        cairo_set_line_width(cairo, 0.115)
        line(cairo, 0.335, 0.55, 0.335, 0.24)
        line(cairo, 0.475, 0.5, 0.475, 0.12)
        line(cairo, 0.615, 0.5, 0.615, 0.17)
        line(cairo, 0.75, 0.55, 0.75, 0.31)
        line(cairo, 0.36, 0.76, 0.17, 0.56)
        cairo_new_path(cairo)
        cairo_move_to(cairo, 0.28, 0.5)
        cairo_line_to(cairo, 0.807, 0.5)
        cairo_line_to(cairo, 0.807, 0.62)
        cairo_curve_to(cairo, 0.807, 0.84, 0.7, 0.95, 0.56, 0.95)
        cairo_curve_to(cairo, 0.43, 0.95, 0.36, 0.88, 0.3, 0.76)
        cairo_close_path(cairo)
        cairo_fill(cairo)
    }

    private func screen(_ cairo: OpaquePointer) {
        cairo_rectangle(cairo, 0.1, 0.16, 0.8, 0.54)
        cairo_stroke(cairo)
        line(cairo, 0.5, 0.72, 0.5, 0.86)
        line(cairo, 0.3, 0.88, 0.7, 0.88)
    }

    private func recording(_ cairo: OpaquePointer) {
        cairo_arc(cairo, 0.5, 0.5, 0.34, 0, 2 * Double.pi)
        cairo_fill(cairo)
    }

    private func warning(_ cairo: OpaquePointer) {
        cairo_set_line_width(cairo, 0.12)
        cairo_move_to(cairo, 0.5, 0.14)
        cairo_line_to(cairo, 0.92, 0.86)
        cairo_line_to(cairo, 0.08, 0.86)
        cairo_close_path(cairo)
        cairo_fill_preserve(cairo)
        cairo_stroke(cairo)
        cairo_set_operator(cairo, CAIRO_OPERATOR_CLEAR)
        cairo_set_line_width(cairo, 0.1)
        line(cairo, 0.5, 0.4, 0.5, 0.6)
        cairo_arc(cairo, 0.5, 0.76, 0.06, 0, 2 * Double.pi)
        cairo_fill(cairo)
    }

    // MARK: Strokes

    /// A slash with a gap of nothing beside it, which keeps it readable on top of a filled shape.
    private func strike(_ cairo: OpaquePointer) {
        cairo_set_operator(cairo, CAIRO_OPERATOR_CLEAR)
        cairo_set_line_width(cairo, 0.25)
        line(cairo, 0.1, 0.1, 0.9, 0.9)
        cairo_set_operator(cairo, CAIRO_OPERATOR_OVER)
        cairo_set_line_width(cairo, 0.095)
        line(cairo, 0.1, 0.1, 0.9, 0.9)
    }

    private func line(_ cairo: OpaquePointer, _ x0: Double, _ y0: Double, _ x1: Double, _ y1: Double) {
        cairo_move_to(cairo, x0, y0)
        cairo_line_to(cairo, x1, y1)
        cairo_stroke(cairo)
    }

    private func capsule(_ cairo: OpaquePointer, x: Double, y: Double, width: Double, height: Double) {
        let radius = width / 2
        cairo_new_sub_path(cairo)
        cairo_arc(cairo, x + radius, y + radius, radius, Double.pi, 2 * Double.pi)
        cairo_arc(cairo, x + radius, y + height - radius, radius, 0, Double.pi)
        cairo_close_path(cairo)
    }
}

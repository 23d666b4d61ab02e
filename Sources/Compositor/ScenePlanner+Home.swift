extension ScenePlanner {
    /// Room name on top, a large clock with the date, and at the bottom what comes next: to be read from six metres.
    func drawings(of home: HomeScreen) -> [Drawing] {
        let margin = theme.even(0.075)
        let width = display.width - 2 * margin
        var drawings: [Drawing] = []
        // Letters start at the margin, whatever room their overlays leave beside them.
        func place(_ overlay: Overlay?, size: Double, y: Int) {
            guard let overlay else { return }
            drawings.append(Drawing(overlay, x: margin - OverlayPainter.textMargin(size: size), y: y))
        }

        let name = theme.height * 0.058
        place(text(home.roomName, size: name, weight: .bold, maxWidth: width), size: name, y: theme.length(0.055))
        let digits = theme.height * 0.26
        let clock = text(home.clock, size: digits, weight: .bold, maxWidth: width)
        let clockTop = display.height * 31 / 100 - (clock?.height ?? 0) / 2
        // Large digits have side bearings that would put them right of everything else.
        place(clock, size: digits * 1.5, y: clockTop)
        let date = theme.height * 0.052
        place(
            text(home.date, size: date, colour: Theme.secondary, maxWidth: width), size: date,
            y: clockTop + (clock?.height ?? 0) - theme.length(0.04))

        let cardHeight = theme.even(0.26)
        let card = PixelRect(
            x: margin.evenDown, y: (display.height - margin - cardHeight).evenDown, width: width.evenDown,
            height: cardHeight)
        if let hint = home.hint, let plate = plate(for: hint, maxWidth: width) {
            drawings.append(Drawing(plate, x: margin, y: card.y - plate.height - theme.even(0.028)))
        }
        return drawings + nextMeeting(home, in: card)
    }

    /// Where a message covers neither the clock nor the next meeting; on an upright display in the middle.
    var homeMessageArea: PixelRect {
        guard display.width > display.height else { return PixelRect(display) }
        let margin = theme.even(0.075)
        return PixelRect(
            left: (display.width * 47 / 100).evenDown, top: margin.evenDown, right: (display.width - margin).evenDown,
            bottom: (display.height - margin - theme.even(0.26) - theme.even(0.03)).evenDown)
    }

    private func nextMeeting(_ home: HomeScreen, in card: PixelRect) -> [Drawing] {
        var drawings = self.card(card, colour: Theme.card, border: nil)
        let padding = theme.even(0.045)
        guard let next = home.next else {
            guard
                let idle = text(
                    home.idle, size: theme.height * 0.05, colour: Theme.secondary, maxWidth: card.width - 2 * padding)
            else { return [] }
            drawings.append(Drawing(idle, x: card.x + padding, y: card.y + (card.height - idle.height) / 2))
            return drawings
        }
        let bar = PixelRect(
            x: card.x + padding, y: card.y + padding, width: theme.even(0.009), height: card.height - 2 * padding)
        drawings.append(Drawing(Theme.accent, in: bar))
        let left = bar.maxX + theme.even(0.03)
        let room = card.maxX - padding - left
        let lines = [
            text(next.state, size: theme.height * 0.036, weight: .bold, colour: Theme.accent, maxWidth: room),
            text(next.title, size: theme.height * 0.062, weight: .bold, maxWidth: room),
            text(next.time, size: theme.height * 0.042, colour: Theme.secondary, maxWidth: room),
        ].compactMap { $0 }
        let height = lines.reduce(0) { $0 + $1.height }
        var y = card.y + (card.height - height) / 2
        for line in lines {
            drawings.append(Drawing(line, x: left, y: y))
            y += line.height
        }
        return drawings
    }

    private func plate(for hint: HomeScreen.Hint, maxWidth: Int) -> Overlay? {
        let size = theme.height * 0.042
        switch hint.style {
        case .countdown:
            return plate(
                hint.text, size: size, weight: .bold, colour: Theme.onAccent, background: Theme.accent,
                maxWidth: maxWidth)
        case .notice:
            return plate(hint.text, size: size, background: Theme.tile, maxWidth: maxWidth)
        case .warning:
            return plate(
                hint.text, marks: [.init(icon: .warning, colour: Theme.onWarning)], size: size, weight: .bold,
                colour: Theme.onWarning, background: Theme.warning, maxWidth: maxWidth)
        }
    }
}

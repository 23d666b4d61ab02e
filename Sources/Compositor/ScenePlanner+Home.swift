extension ScenePlanner {
    /// Room name on top, a large clock with the date, and at the bottom what comes next: to be read from six metres.
    ///
    /// Laid out from the bottom up: what is to be known takes the lines it needs, and the clock what is left.
    /// - Returns: also where a message covers neither the clock nor what is below it; on an upright display the middle.
    func layout(of home: HomeScreen) -> (drawings: [Drawing], messageArea: PixelRect) {
        let margin = theme.even(0.075)
        let width = display.width - 2 * margin
        let gap = theme.even(0.028)
        var drawings: [Drawing] = []

        let name = theme.height * 0.058
        let top = theme.length(0.055)
        let nameLine = text(home.roomName, size: name, weight: .bold, maxWidth: width)
        place(nameLine, size: name, y: top, into: &drawings)

        let card = nextMeeting(home, margin: margin)
        let left = (display.width * 47 / 100).evenDown
        var messageBottom = card.top
        var bottom = card.top
        let hint = home.hint.flatMap { plate(for: $0, maxWidth: width) }
        if let hint {
            bottom -= hint.height + gap
            if margin + hint.width > left { messageBottom = bottom }
        }
        clock(home, from: top + (nameLine?.height ?? 0), to: bottom, into: &drawings)
        if let hint { drawings.append(Drawing(hint, x: margin, y: bottom)) }
        drawings += card.drawings

        guard !isUpright else { return (drawings, PixelRect(display)) }
        return (
            drawings,
            PixelRect(
                left: left, top: margin.evenDown, right: (display.width - margin).evenDown,
                bottom: (messageBottom - gap).evenDown)
        )
    }

    private var isUpright: Bool { display.height > display.width }

    /// Letters start at the margin, whatever room their overlays leave beside them.
    private func place(_ overlay: Overlay?, size: Double, y: Int, into drawings: inout [Drawing]) {
        guard let overlay else { return }
        drawings.append(Drawing(overlay, x: theme.even(0.075) - OverlayPainter.textMargin(size: size), y: y))
    }

    /// The clock and the date below it: as large as there is room for, and not lower than is pleasant.
    private func clock(_ home: HomeScreen, from top: Int, to bottom: Int, into drawings: inout [Drawing]) {
        let width = display.width - 2 * theme.even(0.075)
        let date = theme.height * 0.052
        let dateLine = text(home.date, size: date, colour: Theme.secondary, maxWidth: width)
        let sizes = [0.26, 0.22, 0.19, 0.16, 0.13]
        for size in sizes {
            let digits = theme.height * size
            let line = text(home.clock, size: digits, weight: .bold, maxWidth: width)
            // Digits have neither the tall accents nor the descenders for which a line has room above and below.
            let above = Int(digits * 0.32)
            let step = (line?.height ?? 0) - Int(digits * 0.155)
            let highest = top + theme.length(0.012) - above
            let lowest = bottom - theme.length(0.012) - (dateLine?.height ?? 0) - step
            guard highest <= lowest || size == sizes.last else { continue }
            let y = max(highest, min(lowest, display.height * 31 / 100 - (line?.height ?? 0) / 2))
            // Large digits have side bearings that would put them right of everything else.
            place(line, size: digits * 1.5, y: y, into: &drawings)
            place(dateLine, size: date, y: y + step, into: &drawings)
            return
        }
    }

    /// The card at the bottom, higher when the title takes two lines.
    private func nextMeeting(_ home: HomeScreen, margin: Int) -> (drawings: [Drawing], top: Int) {
        let padding = theme.even(0.045)
        let width = (display.width - 2 * margin).evenDown
        let bar = theme.even(0.009)
        let indent = home.next == nil ? padding : padding + bar + theme.even(0.03)
        let room = width - padding - indent
        let lines: [Overlay]
        if let next = home.next {
            lines = [
                text(next.state, size: theme.height * 0.036, weight: .bold, colour: Theme.accent, maxWidth: room),
                text(next.title, size: theme.height * 0.062, weight: .bold, maxWidth: room, lines: isUpright ? 4 : 2),
                text(next.time, size: theme.height * 0.042, colour: Theme.secondary, maxWidth: room),
            ].compactMap { $0 }
        } else {
            lines = [text(home.idle, size: theme.height * 0.05, colour: Theme.secondary, maxWidth: room, lines: 2)]
                .compactMap { $0 }
        }
        let content = lines.reduce(0) { $0 + $1.height }
        let height = max(theme.even(0.26), (content + theme.even(0.05) + 1).evenDown)
        let card = PixelRect(
            x: margin.evenDown, y: (display.height - margin - height).evenDown, width: width, height: height)
        guard !lines.isEmpty else { return ([], card.y) }
        var drawings = self.card(card, colour: Theme.card, border: nil)
        if home.next != nil {
            let inset = min(padding, (height - content) / 2)
            drawings.append(
                Drawing(
                    Theme.accent,
                    in: PixelRect(x: card.x + padding, y: card.y + inset, width: bar, height: height - 2 * inset)))
        }
        var y = card.y + (height - content) / 2
        for line in lines {
            drawings.append(Drawing(line, x: card.x + indent, y: y))
            y += line.height
        }
        return (drawings, card.y)
    }

    private func plate(for hint: HomeScreen.Hint, maxWidth: Int) -> Overlay? {
        let size = theme.height * 0.042
        switch hint.style {
        case .countdown:
            return plate(
                hint.text, size: size, weight: .bold, colour: Theme.onAccent, background: Theme.accent,
                maxWidth: maxWidth, lines: 3)
        case .notice:
            return plate(hint.text, size: size, background: Theme.tile, maxWidth: maxWidth, lines: 3)
        case .warning:
            return plate(
                hint.text, marks: [.init(icon: .warning, colour: Theme.onWarning)], size: size, weight: .bold,
                colour: Theme.onWarning, background: Theme.warning, maxWidth: maxWidth, lines: 3)
        }
    }
}

extension ScenePlanner {
    /// Characters of a message: all that the control API takes.
    private static let longestMessage = 1000

    /// A message's letters, its lines (nil: as many as there is room for), and whether it keeps to where it hides nothing
    /// that it need not.
    private typealias Setting = (share: Double, lines: Int?, keepsToArea: Bool)

    /// A long message is set smaller, and over everything, before it is cut.
    private static let settings: [Setting] = [
        (0.052, 3, true), (0.044, 5, true), (0.036, 8, true), (0.044, nil, false), (0.036, nil, false),
        (0.03, nil, false),
    ]

    private struct MessageText {
        var title: Overlay?
        var detail: Overlay?
        var between: Int
        var area: PixelRect
        var width: Int

        var height: Int { (title?.height ?? 0) + between + (detail?.height ?? 0) }
        var isCut: Bool { title?.isCut == true || detail?.isCut == true }
    }

    /// - Parameter area: where it covers nothing that it need not.
    func messageCard(_ message: Scene.Message, in area: PixelRect) -> [Drawing] {
        let padding = theme.even(0.05)
        let icon = theme.even(0.085)
        let hasIcon = message.style == .warning
        let indent = padding + (hasIcon ? icon + theme.even(0.035) : 0)
        let tightest = theme.even(0.03)
        var chosen: MessageText?
        for setting in Self.settings {
            let text = messageText(message, setting, margins: indent + padding, area: area)
            chosen = text
            if !text.isCut, text.height + 2 * tightest + 4 <= text.area.height { break }
        }
        guard let text = chosen, text.height > 0 else { return [] }
        let inner = max(text.height, hasIcon ? icon : 0)
        // Where it is tight, nearer to the edge; and rather higher than over what stands below.
        let frame = inner + 2 * padding <= text.area.height ? padding : tightest
        let height = min((inner + 2 * frame + 1).evenDown, display.height - 4)
        let rect = PixelRect(
            x: text.area.x + ((text.area.width - text.width) / 2).evenDown,
            y: max(2, min(text.area.y + ((text.area.height - height) / 2).evenDown, text.area.maxY - height)),
            width: text.width, height: height)
        var drawings = card(rect, colour: Theme.card, border: Theme.cardBorder)
        if hasIcon {
            drawings.append(
                Drawing(
                    overlays.overlay(.icon(.warning, size: icon, colour: Theme.warning)), x: rect.x + padding,
                    y: rect.y + (height - icon) / 2))
        }
        var y = rect.y + (height - text.height) / 2
        for overlay in [text.title, text.detail].compactMap({ $0 }) {
            drawings.append(Drawing(overlay, x: rect.x + indent, y: y))
            y += overlay.height + text.between
        }
        return drawings
    }

    private func messageText(
        _ message: Scene.Message, _ setting: Setting, margins: Int, area: PixelRect
    ) -> MessageText {
        let area = setting.keepsToArea ? area : PixelRect(display)
        let share = setting.keepsToArea ? 0.66 : 0.88
        let width = min((Double(display.width) * share).evenRounded, (area.width - 4).evenDown)
        let size = theme.height * setting.share
        let lines = setting.lines ?? max(1, Int(Double(area.height - 2 * theme.even(0.03) - 4) / (size * 1.4)))
        let room = width - margins
        let title = text(
            message.text, size: size, weight: .bold, maxWidth: room, lines: lines,
            longest: Self.longestMessage)
        let detail = text(
            message.detail, size: theme.height * 0.036, colour: Theme.secondary, maxWidth: room, lines: 6)
        let between = title != nil && detail != nil ? theme.even(0.018) : 0
        return MessageText(title: title, detail: detail, between: between, area: area, width: width)
    }
}

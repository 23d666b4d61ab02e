/// Lays scenes out: asks `Layout` where everybody is, and the overlay cache for everything that is drawn.
struct ScenePlanner {
    let display: PixelSize
    let theme: Theme
    let overlays: OverlayCache

    init(display: PixelSize, overlays: OverlayCache) {
        self.display = display
        self.overlays = overlays
        theme = Theme(display: display)
    }

    /// - Parameter seating: who sits where; kept from scene to scene by the caller.
    func plan(_ scene: Scene, seating: inout Seating) -> ScenePlan {
        func message(in area: PixelRect) -> [Drawing] { scene.message.map { messageCard($0, in: area) } ?? [] }
        switch scene.content {
        case .standby:
            // A message is for people in the room: it is shown in the dark too.
            return ScenePlan(
                display: display, background: Theme.black, tiles: [], chrome: message(in: PixelRect(display)))
        case .home(let home):
            let layout = layout(of: home)
            return ScenePlan(
                display: display, background: Theme.background, tiles: [],
                chrome: layout.drawings + message(in: layout.messageArea))
        case .meeting(let meeting):
            seat(meeting, &seating)
            let tiles = tiles(of: meeting, seating)
            let chrome = chrome(of: meeting, over: tiles)
            // Recording is never hidden, not by a message either.
            return ScenePlan(
                display: display, background: Theme.background, tiles: plans(of: tiles, in: meeting),
                chrome: chrome.others + message(in: PixelRect(display)) + chrome.recording)
        }
    }

    // MARK: Parts

    func text(
        _ text: String, size: Double, weight: OverlaySpec.Weight = .regular, colour: Colour = Theme.text, maxWidth: Int,
        lines: Int = 1, isCentred: Bool = false, longest: Int = SafeText.longest
    ) -> Overlay? {
        let safe = SafeText.clean(text, longest: longest, keepsLines: lines > 1)
        guard !safe.isEmpty, maxWidth > 0 else { return nil }
        return overlays.overlay(
            .text(
                OverlaySpec.Text(
                    text: safe, size: size.rounded(), weight: weight, colour: colour, maxWidth: maxWidth, lines: lines,
                    isCentred: isCentred)))
    }

    func plate(
        _ text: String, marks: [OverlaySpec.Plate.Mark] = [], size: Double, weight: OverlaySpec.Weight = .regular,
        colour: Colour = Theme.text, background: Colour = Theme.plate, maxWidth: Int, lines: Int = 1
    ) -> Overlay? {
        let safe = SafeText.clean(text)
        guard !(safe.isEmpty && marks.isEmpty), maxWidth > 0 else { return nil }
        return overlays.overlay(
            .plate(
                OverlaySpec.Plate(
                    marks: marks, text: safe, size: size.rounded(), weight: weight, colour: colour,
                    background: background, maxWidth: maxWidth, lines: lines)))
    }

    /// Four corners of a rectangle, and the edges between them where there is a ring.
    func outline(
        _ rect: PixelRect, radius: Int, outside: Colour?, inside: Colour?, ring: Colour?, thickness: Int
    ) -> [Drawing] {
        var drawings: [Drawing] = []
        let radius = min(radius, min(rect.width, rect.height) / 2)
        if let ring, thickness > 0 {
            let width = rect.width - 2 * radius
            let height = rect.height - 2 * radius
            for y in [rect.y, rect.maxY - thickness] {
                drawings.append(Drawing(ring, in: PixelRect(x: rect.x + radius, y: y, width: width, height: thickness)))
            }
            for x in [rect.x, rect.maxX - thickness] {
                drawings.append(
                    Drawing(ring, in: PixelRect(x: x, y: rect.y + radius, width: thickness, height: height)))
            }
        }
        guard radius > 0 else { return drawings }
        for place in OverlaySpec.Corner.Place.allCases {
            let corner = overlays.overlay(
                .corner(
                    OverlaySpec.Corner(
                        place: place, radius: radius, outside: outside, inside: inside, ring: ring,
                        thickness: ring == nil ? 0 : thickness)))
            let x = place == .topLeft || place == .bottomLeft ? rect.x : rect.maxX - radius
            let y = place == .topLeft || place == .topRight ? rect.y : rect.maxY - radius
            drawings.append(Drawing(corner, x: x, y: y))
        }
        return drawings
    }

    /// A filled rectangle with rounded corners and a thin border.
    func card(_ rect: PixelRect, colour: Colour, border: Colour?) -> [Drawing] {
        let radius = theme.even(0.02)
        let fills = [
            PixelRect(x: rect.x + radius, y: rect.y, width: rect.width - 2 * radius, height: rect.height),
            PixelRect(x: rect.x, y: rect.y + radius, width: radius, height: rect.height - 2 * radius),
            PixelRect(x: rect.maxX - radius, y: rect.y + radius, width: radius, height: rect.height - 2 * radius),
        ]
        return fills.map { Drawing(colour, in: $0) }
            + outline(
                rect, radius: radius, outside: nil, inside: colour, ring: border, thickness: theme.even(0.002))
    }
}

extension ScenePlanner {
    /// What lies over the tiles: title and elapsed time, marks and notices. Recording apart, because it is above all.
    /// - Parameter tiles: what they lie over.
    func chrome(of meeting: MeetingScene, over tiles: [Tile]) -> (others: [Drawing], recording: [Drawing]) {
        let edge = theme.even(0.024)
        let (row, recording, bottom) = header(of: meeting, over: tiles, edge: edge)
        var others = row
        if let text = meeting.notice,
            let overlay = plate(
                text, marks: [.init(icon: .warning, colour: Theme.onWarning)], size: theme.height * 0.034,
                weight: .bold, colour: Theme.onWarning, background: Theme.warning, maxWidth: display.width * 8 / 10,
                lines: 3)
        {
            others.append(
                Drawing(
                    overlay, x: (display.width - overlay.width) / 2,
                    y: max(edge + theme.even(0.075), bottom + theme.even(0.008))))
        }
        if meeting.participants.isEmpty, meeting.mode != .selfview,
            let overlay = text(
                meeting.empty, size: theme.height * 0.05, colour: Theme.secondary, maxWidth: display.width * 8 / 10,
                lines: 2, isCentred: true)
        {
            others.append(
                Drawing(
                    overlay, x: (display.width - overlay.width) / 2, y: (display.height - overlay.height) / 2))
        }
        return (others, recording)
    }

    /// The row at the top: title and elapsed time on the left, who presents in the middle, marks on the right. What is
    /// short leaves its place to what is long; the title gets all that is left.
    /// - Returns: `bottom` is where the row ends.
    private func header(
        of meeting: MeetingScene, over tiles: [Tile], edge: Int
    ) -> (row: [Drawing], recording: [Drawing], bottom: Int) {
        let size = theme.height * 0.026
        let gap = theme.even(0.008)
        var row: [Drawing] = []

        var right = display.width - edge
        let markWidth = max(display.width / 6, theme.length(0.26))
        var recording: [Drawing] = []
        if let text = meeting.recording,
            let overlay = plate(
                text, marks: [.init(icon: .recording, colour: Theme.alarm)], size: size, weight: .bold,
                maxWidth: markWidth)
        {
            recording.append(Drawing(overlay, x: right - overlay.width, y: edge))
            right -= overlay.width + gap
        }
        if let text = meeting.microphoneOff,
            let overlay = plate(
                text, marks: [.init(icon: .microphoneOff, colour: Theme.alarm)], size: size, maxWidth: markWidth)
        {
            row.append(Drawing(overlay, x: right - overlay.width, y: edge))
            right -= overlay.width + gap
        }

        let elapsed = plate(meeting.elapsed, size: size, colour: Theme.secondary, maxWidth: display.width / 6)
        // The name of who presents stands above the page, not on it.
        let presenter = tiles.lazy.compactMap { self.presenter(in: $0, meeting) }.first
        func presenterPlate(maxWidth: Int) -> Overlay? {
            presenter.flatMap { plate($0.name, marks: marks(of: $0), size: size, maxWidth: maxWidth) }
        }
        let others = [elapsed, presenterPlate(maxWidth: display.width / 4)].compactMap { $0 }
        var left = edge
        let room = right - left - others.reduce(0) { $0 + $1.width + gap }
        if let overlay = title(meeting.title, size: size, maxWidth: room, x: left, y: edge, over: tiles) {
            row.append(Drawing(overlay, x: left, y: edge))
            left += overlay.width + gap
        }
        if let elapsed {
            row.append(Drawing(elapsed, x: left, y: edge))
            left += elapsed.width + gap
        }
        if let overlay = presenterPlate(maxWidth: right - left) {
            // In the middle, unless the title needs that.
            let x = min(max((display.width - overlay.width) / 2, left), right - overlay.width)
            row.append(Drawing(overlay, x: x, y: edge))
        }
        return (row, recording, (row + recording).map(\.rect.maxY).max() ?? 0)
    }

    /// In two lines, if it needs them and they lie over nothing but background and the walls above faces.
    private func title(_ text: String, size: Double, maxWidth: Int, x: Int, y: Int, over tiles: [Tile]) -> Overlay? {
        guard
            let wrapped = plate(text, size: size, weight: .bold, maxWidth: maxWidth, lines: 2),
            let single = plate(text, size: size, weight: .bold, maxWidth: maxWidth)
        else { return nil }
        let rect = PixelRect(x: x, y: y, width: wrapped.width, height: wrapped.height)
        let isInTheWay = tiles.contains { tile in
            tile.rect.intersects(rect) && (isPresented(tile) || tile.rect.height < display.height * 3 / 10)
        }
        return isInTheWay ? single : wrapped
    }

    /// Whose screen is large in a tile.
    private func presenter(in tile: Tile, _ meeting: MeetingScene) -> MeetingScene.Participant? {
        guard isPresented(tile), case .participant(let id) = tile.content else { return nil }
        return meeting.participants.first { $0.id == id }
    }
}

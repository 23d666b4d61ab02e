/// Where everybody is on the display: a pure function of who is there and what was asked for.
///
/// Equal requests give equal tiles. Participants keep the order they are given in, so a caller that seats them with
/// `Seating` gets tiles that do not jump.
public enum Layout {
    /// Tiles in a grid at most, the room's own among them; with more participants the last says how many are not seen.
    public static let gridLimit = 49
    /// Tiles in a strip at most.
    public static let stripLimit = 6

    /// The tiles, from back to front, in seat order.
    public static func tiles(for request: LayoutRequest) -> [Tile] {
        let display = PixelSize(width: request.display.width.evenDown, height: request.display.height.evenDown)
        guard display.width >= 64, display.height >= 64 else { return [] }
        let frame = Frame(
            area: PixelRect(display), gap: max(2, (Double(display.height) * 0.008).evenRounded))

        guard let first = request.stage ?? request.participants.first?.id else {
            guard request.selfView else { return [] }
            if request.mode == .selfview { return [alone(.selfView, request, frame)] }
            return [inset(request, frame)]
        }
        let isPinned = request.pinned != nil && request.stage == request.pinned
        switch request.mode {
        case .grid where !isPinned:
            return grid(request, frame)
        case .selfview:
            return staged(.selfView, others: request.participants, withSelfView: false, request, frame)
        case .grid, .speaker, .content:
            let others = request.participants.filter { $0.id != first }
            return staged(.participant(first), others: others, withSelfView: request.selfView, request, frame)
        }
    }

    private struct Frame {
        var area: PixelRect
        var gap: Int

        /// The same without rows at the top, of which there is always more left than taken.
        func below(_ header: Int) -> Frame {
            let top = min(header, area.height / 4).evenDown
            return Frame(
                area: PixelRect(left: area.x, top: area.y + top, right: area.maxX, bottom: area.maxY), gap: gap)
        }
    }

    // MARK: Grid

    private static func grid(_ request: LayoutRequest, _ frame: Frame) -> [Tile] {
        if request.participants.count == 1, let only = request.participants.first {
            let tile = alone(.participant(only.id), request, frame)
            // A shared screen is never covered: the room's own picture gets a place beside it.
            guard request.selfView else { return [tile] }
            if !only.isScreenShare { return [tile, inset(request, frame)] }
        }
        var contents = visible(
            request.participants, limit: gridLimit - (request.selfView ? 1 : 0), mustShow: request.activeSpeaker)
        if request.selfView { contents.append(.selfView) }
        var area = frame.area.insetBy(frame.gap)
        var shape = GridShape(count: contents.count, in: area, gap: frame.gap)
        if shape.tile.height < area.height * 3 / 10 {
            // In small tiles the header would lie over faces, not over the wall above them.
            area = frame.below(request.header).area.insetBy(frame.gap)
            shape = GridShape(count: contents.count, in: area, gap: frame.gap)
        }
        let places = shape.places(count: contents.count, in: area, gap: frame.gap)
        return zip(contents, places).map { content, place in
            Tile(rect: place, content: content, role: .grid, fill: fill(content, in: place, request))
        }
    }

    // MARK: One large, the others in a strip

    private static func staged(
        _ stage: Tile.Content, others: [LayoutRequest.Participant], withSelfView: Bool, _ request: LayoutRequest,
        _ frame: Frame
    ) -> [Tile] {
        let isShare = isScreenShare(stage)
        if others.isEmpty {
            guard withSelfView else { return [alone(stage, request, frame)] }
            if !isShare { return [alone(stage, request, frame), inset(request, frame)] }
        }
        let frame = frame.below(request.header)
        var strip = visible(others, limit: stripLimit - (withSelfView ? 1 : 0), mustShow: request.activeSpeaker)
        if withSelfView { strip.append(.selfView) }

        let stageAspect = isShare ? aspect(stage, request) : min(max(aspect(stage, request), 4.0 / 3.0), 2)
        let below = Self.below(strip: strip.count, stageAspect: stageAspect, frame)
        let beside = Self.beside(strip: strip.count, stageAspect: stageAspect, frame)
        // On a tie people stand below a face and beside a page.
        let takesBelow = isShare ? below.stage.area > beside.stage.area : below.stage.area >= beside.stage.area
        let chosen = takesBelow ? below : beside
        var tiles = [
            Tile(rect: chosen.stage, content: stage, role: .stage, fill: fill(stage, in: chosen.stage, request))
        ]
        for (content, place) in zip(strip, chosen.strip) {
            tiles.append(Tile(rect: place, content: content, role: .strip, fill: fill(content, in: place, request)))
        }
        return tiles
    }

    private typealias Staging = (stage: PixelRect, strip: [PixelRect])

    private static func below(strip count: Int, stageAspect: Double, _ frame: Frame) -> Staging {
        let area = frame.area.insetBy(frame.gap)
        let width = ((area.width - frame.gap * (stripLimit - 1)) / stripLimit).evenDown
        let height = Int(Double(width) / GridShape.tileAspect).evenDown
        let top = area.maxY - height
        let total = count * width + (count - 1) * frame.gap
        let left = area.x + ((area.width - total) / 2).evenDown
        let places = (0..<count).map {
            PixelRect(x: left + $0 * (width + frame.gap), y: top, width: width, height: height)
        }
        let rest = PixelRect(left: area.x, top: area.y, right: area.maxX, bottom: top - frame.gap)
        return (largest(aspect: stageAspect, in: rest), places)
    }

    private static func beside(strip count: Int, stageAspect: Double, _ frame: Frame) -> Staging {
        let area = frame.area.insetBy(frame.gap)
        let height = ((area.height - frame.gap * (stripLimit - 1)) / stripLimit).evenDown
        let width = min(Int(Double(height) * GridShape.tileAspect).evenDown, (area.width / 2).evenDown)
        let left = area.maxX - width
        let total = count * height + (count - 1) * frame.gap
        let top = area.y + ((area.height - total) / 2).evenDown
        let places = (0..<count).map {
            PixelRect(x: left, y: top + $0 * (height + frame.gap), width: width, height: height)
        }
        let rest = PixelRect(left: area.x, top: area.y, right: left - frame.gap, bottom: area.maxY)
        return (largest(aspect: stageAspect, in: rest), places)
    }

    private static func largest(aspect: Double, in area: PixelRect) -> PixelRect {
        var width = area.width
        var height = Int((Double(width) / aspect).rounded())
        if height > area.height {
            height = area.height
            width = Int((Double(height) * aspect).rounded())
        }
        width = max(2, min(width, area.width).evenDown)
        height = max(2, min(height, area.height).evenDown)
        return PixelRect(
            x: area.x + ((area.width - width) / 2).evenDown, y: area.y + ((area.height - height) / 2).evenDown,
            width: width, height: height)
    }

    // MARK: Single tiles

    private static func alone(_ content: Tile.Content, _ request: LayoutRequest, _ frame: Frame) -> Tile {
        let rect =
            isScreenShare(content)
            ? largest(aspect: aspect(content, request), in: frame.below(request.header).area) : frame.area
        return Tile(rect: rect, content: content, role: .stage, fill: fill(content, in: rect, request))
    }

    /// The room's own picture over the corner of a picture that fills the display.
    private static func inset(_ request: LayoutRequest, _ frame: Frame) -> Tile {
        let margin = (Double(frame.area.height) * 0.03).evenRounded
        let height = (Double(min(frame.area.height, frame.area.width)) * 0.22).evenRounded
        let width = (Double(height) * min(max(aspect(.selfView, request), 1), GridShape.tileAspect)).evenRounded
        let rect = PixelRect(
            x: frame.area.maxX - width - margin, y: frame.area.maxY - height - margin, width: width, height: height)
        return Tile(
            rect: rect, content: .selfView, role: .inset, fill: fill(.selfView, in: rect, request), zOrder: 1)
    }

    // MARK: Who is seen

    /// Those for whom there is room, in seat order; people with a picture are preferred, the active speaker is
    /// always seen.
    private static func visible(
        _ participants: [LayoutRequest.Participant], limit: Int, mustShow: PictureID?
    ) -> [Tile.Content] {
        guard participants.count > limit else { return participants.map { .participant($0.id) } }
        let capacity = max(limit - 1, 1)
        let preferred = participants.filter(\.hasVideo) + participants.filter { !$0.hasVideo }
        let chosen = Set(preferred.prefix(capacity).map(\.id))
        var shown = participants.map(\.id).filter(chosen.contains)
        if let mustShow, !chosen.contains(mustShow), participants.contains(where: { $0.id == mustShow }) {
            shown[shown.count - 1] = mustShow
        }
        return shown.map { .participant($0) } + [.overflow(participants.count - shown.count)]
    }

    private static func isScreenShare(_ content: Tile.Content) -> Bool {
        if case .participant(let id) = content { return id.kind == .screen }
        return false
    }

    private static func aspect(_ content: Tile.Content, _ request: LayoutRequest) -> Double {
        let aspect =
            switch content {
            case .participant(let id): request.participants.first { $0.id == id }?.aspect ?? GridShape.tileAspect
            case .selfView: request.selfViewAspect
            case .overflow: GridShape.tileAspect
            }
        // It comes from peers: nothing that is not a shape, and none too extreme to be shown.
        return aspect.isFinite && aspect > 0 ? min(max(aspect, 0.1), 10) : GridShape.tileAspect
    }

    private static func fill(_ content: Tile.Content, in rect: PixelRect, _ request: LayoutRequest) -> PictureFill {
        PictureFill.suitable(
            pictureAspect: aspect(content, request), tileAspect: rect.aspect, isScreenShare: isScreenShare(content))
    }
}

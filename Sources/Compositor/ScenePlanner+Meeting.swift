extension ScenePlanner {
    /// Brings the seats up to date; a person who is large gets the first seat and the former one that seat in the
    /// strip.
    /// A shared screen comes and goes without moving anybody.
    func seat(_ meeting: MeetingScene, _ seating: inout Seating) {
        seating.update(present: meeting.participants.map(\.id))
        guard meeting.mode != .grid, let stage = request(meeting, seating).stage,
            stage.kind == .camera
        else { return }
        seating.promote(stage)
    }

    func tiles(of meeting: MeetingScene, _ seating: Seating) -> [Tile] {
        Layout.tiles(for: request(meeting, seating))
    }

    func plans(of tiles: [Tile], in meeting: MeetingScene) -> [ScenePlan.TilePlan] {
        let people = Dictionary(meeting.participants.map { ($0.id, $0) }) { first, _ in first }
        return tiles.compactMap { tile in
            switch tile.content {
            case .participant(let id):
                people[id].map { plan(tile, $0) }
            case .selfView:
                plan(tile, meeting.selfView ?? MeetingScene.SelfView(name: ""))
            case .overflow(let count):
                overflow(tile, count)
            }
        }
    }

    private func request(_ meeting: MeetingScene, _ seating: Seating) -> LayoutRequest {
        let people = Dictionary(meeting.participants.map { ($0.id, $0) }) { first, _ in first }
        let hasChrome =
            !meeting.title.isEmpty || !meeting.elapsed.isEmpty || meeting.recording != nil
            || meeting.microphoneOff != nil || meeting.participants.contains { $0.id.kind == .screen }
        return LayoutRequest(
            display: display,
            participants: seating.seats.compactMap { id in
                people[id].map { LayoutRequest.Participant(id: id, aspect: $0.aspect, hasVideo: $0.hasVideo) }
            },
            mode: meeting.mode, pinned: meeting.pinned, activeSpeaker: meeting.activeSpeaker,
            selfView: meeting.selfView != nil, selfViewAspect: meeting.selfView?.aspect ?? 16.0 / 9.0,
            header: hasChrome ? theme.header : 0)
    }

    // MARK: Tiles

    private func plan(_ tile: Tile, _ person: MeetingScene.Participant) -> ScenePlan.TilePlan {
        let picture = Region.Picture(
            source: .participant(person.id), tile: tile.rect, fill: tile.fill, isMirrored: false)
        return plan(
            tile, name: person.name, id: person.id.participant, marks: marks(of: person), isSpeaking: person.isSpeaking,
            picture: person.hasVideo ? picture : nil)
    }

    func marks(of person: MeetingScene.Participant) -> [OverlaySpec.Plate.Mark] {
        var marks: [OverlaySpec.Plate.Mark] = []
        if person.id.kind == .screen { marks.append(.init(icon: .screen, colour: Theme.text)) }
        if person.isHandRaised { marks.append(.init(icon: .hand, colour: Theme.warning)) }
        if person.isConnectionLost { marks.append(.init(icon: .connectionLost, colour: Theme.warning)) }
        if person.isMuted { marks.append(.init(icon: .microphoneOff, colour: Theme.alarm)) }
        return marks
    }

    /// Whether a screen is large in a tile.
    func isPresented(_ tile: Tile) -> Bool {
        guard tile.role == .stage, case .participant(let id) = tile.content else { return false }
        return id.kind == .screen
    }

    private func plan(_ tile: Tile, _ room: MeetingScene.SelfView) -> ScenePlan.TilePlan {
        let picture = Region.Picture(
            source: .selfView, tile: tile.rect, fill: tile.fill, isMirrored: room.isMirrored)
        return plan(
            tile, name: room.name, id: room.name, marks: [], isSpeaking: false,
            picture: room.camera == .on ? picture : nil, camera: room.camera)
    }

    private func plate(for camera: MeetingScene.SelfView.Camera, size: Double, maxWidth: Int) -> Overlay? {
        switch camera {
        // A mark alone would tell nobody what it is that is off.
        case .on, .off(""), .failed(""): nil
        case .off(let text):
            plate(
                text, marks: [.init(icon: .cameraOff, colour: Theme.alarm)], size: size, maxWidth: maxWidth, lines: 2)
        case .failed(let text):
            plate(
                text, marks: [.init(icon: .warning, colour: Theme.onWarning)], size: size, weight: .bold,
                colour: Theme.onWarning, background: Theme.warning, maxWidth: maxWidth, lines: 2)
        }
    }

    private func plan(
        _ tile: Tile, name: String, id: String, marks: [OverlaySpec.Plate.Mark], isSpeaking: Bool,
        picture: Region.Picture?, camera: MeetingScene.SelfView.Camera = .on
    ) -> ScenePlan.TilePlan {
        var decorations = corners(tile, isSpeaking: isSpeaking)
        let size = theme.label(in: tile.rect)
        let distance = max(theme.frame + 2, Int(size * 0.55))
        let width = tile.rect.width - 2 * distance
        var room = tile.rect.height
        // From the bottom up: the name, and above it what is the matter.
        for label in [
            isPresented(tile) ? nil : plate(name, marks: marks, size: size, maxWidth: width),
            plate(for: camera, size: size, maxWidth: width),
        ].compactMap({ $0 }) {
            room -= (room == tile.rect.height ? distance : distance / 2) + label.height
            decorations.append(Drawing(label, x: tile.rect.x + distance, y: tile.rect.y + room))
        }
        var diameter = (Double(min(tile.rect.width, tile.rect.height)) * 0.46).evenRounded
        var centre = tile.rect.height / 2
        if centre + diameter / 2 > room {
            // A small tile: the disc goes above the label.
            diameter = min(diameter, max(2, (Double(room) * 0.84).evenRounded))
            centre = (room + distance / 2) / 2
        }
        var blank = decorations
        // Beside two plates in a small tile there is no place for a disc that anybody could read.
        if diameter * 5 >= tile.rect.height {
            let avatar = OverlaySpec.Avatar(
                initials: Initials.of(SafeText.clean(name)), colour: Theme.avatar(for: id), diameter: diameter)
            blank.insert(
                Drawing(
                    overlays.overlay(.avatar(avatar)), x: tile.rect.x + (tile.rect.width - diameter) / 2,
                    y: tile.rect.y + centre - diameter / 2), at: 0)
        }
        return ScenePlan.TilePlan(
            rect: tile.rect, zOrder: tile.zOrder, colour: Theme.tile, picture: picture, shown: decorations,
            blank: blank)
    }

    private func overflow(_ tile: Tile, _ count: Int) -> ScenePlan.TilePlan {
        var blank = corners(tile, isSpeaking: false)
        if let overlay = text(
            "+\(count)", size: Double(tile.rect.height) * 0.3, weight: .bold, colour: Theme.secondary,
            maxWidth: tile.rect.width)
        {
            blank.insert(
                Drawing(
                    overlay, x: tile.rect.x + (tile.rect.width - overlay.width) / 2,
                    y: tile.rect.y + (tile.rect.height - overlay.height) / 2), at: 0)
        }
        return ScenePlan.TilePlan(
            rect: tile.rect, zOrder: tile.zOrder, colour: Theme.tile, picture: nil, shown: [], blank: blank)
    }

    private func corners(_ tile: Tile, isSpeaking: Bool) -> [Drawing] {
        let ring = isSpeaking ? Theme.accent : nil
        if tile.role == .inset {
            // Over a picture there is nothing plain that rounded corners could fade into.
            return outline(
                tile.rect, radius: 0, outside: nil, inside: nil, ring: Theme.cardBorder, thickness: theme.even(0.002))
        }
        let isWhole = tile.rect.width >= display.width.evenDown && tile.rect.height >= display.height.evenDown
        return outline(
            tile.rect, radius: isWhole ? 0 : theme.radius, outside: Theme.background, inside: nil, ring: ring,
            thickness: theme.frame)
    }
}

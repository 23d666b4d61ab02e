public import Media

/// Puts together what is on the display: pictures, names, marks, messages.
///
/// A scene is laid out when it changes, not for every frame. The plan divides the display into disjoint regions; for
/// each of the display's buffers the compositor remembers which regions with which pictures it holds, and rewrites only
/// those that differ. In steady state nothing is allocated.
///
/// One thread uses a compositor. Pictures are told apart by object, sequence, capture time and size: whoever reuses
/// a frame
/// for a new picture sets its `sequence` or `captureTime`, as every source does.
public final class Compositor {
    /// Buffers remembered: a display has two or three.
    static let bufferLimit = 4
    /// Overlays cached: every label of a grid of 49 with marks several times over.
    static let overlayLimit = 512

    private let overlays: OverlayCache
    private let writer = RegionWriter()
    private var seating = Seating()
    private var scene: Scene?
    private var size = PixelSize(width: 0, height: 0)
    private var regions: [Region] = []
    private var generation: UInt64 = 0
    /// The frames of the last composition, region by region: what a screenshot shows.
    private var frames: [VideoFrame?] = []
    private var buffers: [BufferContent] = []
    /// Where the regions are.
    private var bounds: [DisplayRect] = []
    /// The buffer that was composed into last.
    private var last: UnsafeMutableRawPointer?
    private var counters = CompositionStatistics()

    /// - Parameter language: BCP 47 tag of the room's language ("de", "ja"); it decides between the regional forms
    ///   of Han
    ///   characters. Texts are given in the right language by the caller.
    public init(language: String? = nil) {
        overlays = OverlayCache(
            painter: OverlayPainter(language: language), capacity: Self.overlayLimit, byteCapacity: 48 << 20)
    }

    /// Where the last composition differs from the one before it, which was in another buffer: what a display has to
    /// take over when it shows the one after the other. Empty when nothing is known of the one before.
    public private(set) var damage: [DisplayRect] = []

    public var statistics: CompositionStatistics {
        var result = counters
        result.overlaysPainted = overlays.painted
        result.overlaysCached = overlays.count
        result.overlayBytes = overlays.byteCount
        return result
    }

    /// Brings a buffer up to date.
    ///
    /// The frames used are held until the next composition, so that a screenshot shows what is on the display.
    /// - Parameters:
    ///   - frames: the newest picture of a source, nil while there is none (then initials are shown).
    ///   - selfView: the newest picture of the room's own camera.
    ///   - buffer: from the display; one of few that are used in turn.
    public func compose(
        scene: Scene, frames source: (PictureID) -> VideoFrame?, selfView: VideoFrame?, into buffer: DisplayBuffer
    ) {
        update(scene, PixelSize(width: buffer.width, height: buffer.height))
        counters.compositions += 1
        for index in regions.indices {
            switch regions[index].picture?.source {
            case .participant(let id): frames[index] = source(id)
            case .selfView: frames[index] = selfView
            case nil: frames[index] = nil
            }
        }
        let slot = content(of: buffer)
        noteDamage()
        last = buffer.pixels
        let isCurrent = buffers[slot].generation == generation
        for index in regions.indices {
            let key = frames[index].map { BufferContent.FrameKey($0) }
            let isThere =
                isCurrent ? buffers[slot].keys[index] == key : buffers[slot].holds(regions[index], key: key)
            guard !isThere else {
                counters.regionsKept += 1
                continue
            }
            counters.regionsWritten += 1
            counters.pixelsWritten += UInt64(writer.write(regions[index], frame: frames[index], into: buffer))
            if isCurrent { buffers[slot].keys[index] = key }
        }
        guard !isCurrent else { return }
        buffers[slot].generation = generation
        buffers[slot].regions = regions
        buffers[slot].keys = frames.map { $0.map { BufferContent.FrameKey($0) } }
    }

    /// Forgets what the buffers hold: after a mode change, or when somebody else has drawn into them.
    public func invalidate() {
        buffers.removeAll()
        last = nil
    }

    /// What was composed last, in a smaller size. Takes about as long as composing everything once; the PNG is made
    /// later, on
    /// another thread, by `Screenshot.png()`.
    /// - Parameter width: in picture elements, cut to 16 … the display's width.
    public func screenshot(width: Int) throws(CompositorError) -> Screenshot {
        guard generation > 0, size.width > 0, size.height > 0 else { throw .nothingComposed }
        // Composed again in ordinary memory: reading the display's own would take longer.
        let stride = (size.width * 4 + 63) & ~63
        let pixels = UnsafeMutableRawPointer.allocate(byteCount: stride * size.height + 64, alignment: 64)
        defer { pixels.deallocate() }
        let buffer = DisplayBuffer(pixels: pixels, width: size.width, height: size.height, stride: stride)
        for index in regions.indices { _ = writer.write(regions[index], frame: frames[index], into: buffer) }
        return Screenshot(of: buffer, width: width)
    }

    // MARK: Plans and buffers

    private func update(_ scene: Scene, _ size: PixelSize) {
        guard scene != self.scene || size != self.size else { return }
        self.scene = scene
        self.size = size
        regions = ScenePlanner(display: size, overlays: overlays).plan(scene, seating: &seating).regions
        frames = Array(repeating: nil, count: regions.count)
        bounds = regions.map(\.bounds)
        generation += 1
        counters.plans += 1
    }

    private func noteDamage() {
        damage.removeAll(keepingCapacity: true)
        guard let before = buffers.firstIndex(where: { $0.pixels == last }), buffers[before].generation > 0 else {
            return
        }
        let isCurrent = buffers[before].generation == generation
        for index in regions.indices {
            let key = frames[index].map { BufferContent.FrameKey($0) }
            let isThere =
                isCurrent ? buffers[before].keys[index] == key : buffers[before].holds(regions[index], key: key)
            if !isThere { damage.append(bounds[index]) }
        }
    }

    /// The place of what is remembered about a buffer.
    private func content(of buffer: DisplayBuffer) -> Int {
        let use = counters.compositions
        if let known = buffers.firstIndex(where: { $0.isSame(buffer) }) {
            buffers[known].lastUse = use
            return known
        }
        // Memory that has been given another shape holds nothing that is known.
        buffers.removeAll { $0.pixels == buffer.pixels }
        if buffers.count >= Self.bufferLimit,
            let oldest = buffers.indices.min(by: { buffers[$0].lastUse < buffers[$1].lastUse })
        {
            buffers.remove(at: oldest)
        }
        buffers.append(BufferContent(buffer))
        buffers[buffers.count - 1].lastUse = use
        return buffers.count - 1
    }
}

/// Painted overlays by what they show: bounded in number and bytes, the longest unused goes first.
final class OverlayCache {
    private struct Entry {
        var overlay: Overlay
        var lastUse: UInt64
    }

    let capacity: Int
    /// Kept at most, but for the newest alone.
    let byteCapacity: Int
    private(set) var byteCount = 0
    /// Overlays painted so far.
    private(set) var painted: UInt64 = 0
    var count: Int { entries.count }

    private let painter: OverlayPainter
    private var entries: [OverlaySpec: Entry] = [:]
    private var uses: UInt64 = 0

    init(painter: OverlayPainter, capacity: Int, byteCapacity: Int) {
        self.painter = painter
        self.capacity = capacity
        self.byteCapacity = byteCapacity
    }

    func overlay(_ spec: OverlaySpec) -> Overlay {
        uses += 1
        if let index = entries.index(forKey: spec) {
            entries.values[index].lastUse = uses
            return entries.values[index].overlay
        }
        let overlay = painter.paint(spec)
        painted += 1
        entries[spec] = Entry(overlay: overlay, lastUse: uses)
        byteCount += overlay.byteCount
        while entries.count > 1, entries.count > capacity || byteCount > byteCapacity {
            guard let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) else { break }
            byteCount -= oldest.value.overlay.byteCount
            entries[oldest.key] = nil
        }
        return overlay
    }
}

/// A rectangle in picture elements of the display: origin at the top left, `maxX` and `maxY` exclusive.
public struct PixelRect: Hashable, Sendable {
    public var x: Int
    public var y: Int
    public var width: Int
    public var height: Int

    public init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// The whole of a display.
    public init(_ size: PixelSize) {
        self.init(x: 0, y: 0, width: size.width, height: size.height)
    }

    init(left: Int, top: Int, right: Int, bottom: Int) {
        self.init(x: left, y: top, width: right - left, height: bottom - top)
    }

    public var maxX: Int { x + width }
    public var maxY: Int { y + height }
    public var isEmpty: Bool { width <= 0 || height <= 0 }
    public var area: Int { isEmpty ? 0 : width * height }
    /// Width divided by height.
    public var aspect: Double { Double(width) / Double(max(height, 1)) }

    public func contains(_ other: PixelRect) -> Bool {
        other.x >= x && other.y >= y && other.maxX <= maxX && other.maxY <= maxY
    }

    public func intersects(_ other: PixelRect) -> Bool {
        !intersection(other).isEmpty
    }

    /// What both cover; an empty rectangle when they are apart.
    public func intersection(_ other: PixelRect) -> PixelRect {
        let left = max(x, other.x)
        let top = max(y, other.y)
        let right = min(maxX, other.maxX)
        let bottom = min(maxY, other.maxY)
        guard right > left, bottom > top else { return PixelRect(x: left, y: top, width: 0, height: 0) }
        return PixelRect(left: left, top: top, right: right, bottom: bottom)
    }

    /// Calls `body` with up to four disjoint parts that make up this rectangle without `hole`. Allocates nothing.
    func forEachPart(outside hole: PixelRect, _ body: (PixelRect) -> Void) {
        guard !isEmpty else { return }
        let cut = intersection(hole)
        guard !cut.isEmpty else { return body(self) }
        if cut.y > y { body(PixelRect(left: x, top: y, right: maxX, bottom: cut.y)) }
        if cut.x > x { body(PixelRect(left: x, top: cut.y, right: cut.x, bottom: cut.maxY)) }
        if cut.maxX < maxX { body(PixelRect(left: cut.maxX, top: cut.y, right: maxX, bottom: cut.maxY)) }
        if cut.maxY < maxY { body(PixelRect(left: x, top: cut.maxY, right: maxX, bottom: maxY)) }
    }

    /// Disjoint rectangles that cover this one except where `holes` are.
    func subtracting(_ holes: [PixelRect]) -> [PixelRect] {
        var parts = isEmpty ? [] : [self]
        for hole in holes where hole.intersects(self) {
            var next: [PixelRect] = []
            for part in parts { part.forEachPart(outside: hole) { next.append($0) } }
            parts = next
        }
        return parts
    }

    /// The smallest rectangle around this one that starts and ends at even coordinates, where chroma samples do.
    var evened: PixelRect {
        PixelRect(left: x & ~1, top: y & ~1, right: (maxX + 1) & ~1, bottom: (maxY + 1) & ~1)
    }

    func insetBy(_ distance: Int) -> PixelRect {
        PixelRect(x: x + distance, y: y + distance, width: width - 2 * distance, height: height - 2 * distance)
    }
}

extension Int {
    /// The next even number at or below.
    var evenDown: Int { self & ~1 }
}

extension Double {
    /// The nearest even whole number.
    var evenRounded: Int { Int((self / 2).rounded()) * 2 }
}

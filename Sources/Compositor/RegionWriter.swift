import CYUV
import Media

/// Writes regions into a buffer: scales pictures, converts them, blends what lies over them.
///
/// Every picture element is written once and none is read back: display memory is often write-combined, where a read
/// costs a hundred times a write. So what is blended is put together in a strip of ordinary memory that fits the cache.
final class RegionWriter {
    /// Rows that are put together at a time; even, because two rows share their chroma.
    private static let stripRows = 64

    private let pool = FramePool(capacity: 2)
    private var strip: UnsafeMutablePointer<UInt8>
    private var stripCapacity = 0

    init() {
        strip = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
    }

    deinit {
        strip.deallocate()
    }

    /// - Parameters:
    ///   - frame: of the region's picture; nil draws the region without one.
    /// - Returns: picture elements written.
    func write(_ region: Region, frame: VideoFrame?, into buffer: DisplayBuffer) -> Int {
        guard let frame, let picture = region.picture, let view = view(of: frame, as: picture) else {
            return write(region.blank, view: nil, colour: region.colour, into: buffer)
        }
        return write(region.shown, view: view, colour: region.colour, into: buffer)
    }

    // MARK: Pictures

    /// A picture in the size in which it is shown, and where.
    private struct View {
        /// Holds the memory.
        var frame: VideoFrame
        /// Where `destination` starts in the frame; even.
        var x: Int
        var y: Int
        /// On the display; even.
        var destination: PixelRect
    }

    private func view(of frame: VideoFrame, as picture: Region.Picture) -> View? {
        let size = PixelSize(width: frame.width, height: frame.height)
        // The layout went by what was announced; the picture itself knows better, except that nothing fitted is
        // ever cut.
        let fill: PictureFill =
            picture.fill == .fit
            ? .fit
            : PictureFill.suitable(pictureAspect: size.aspect, tileAspect: picture.tile.aspect, isScreenShare: false)
        let placement = PicturePlacement(picture: size, tile: picture.tile, fill: fill)
        let (source, destination) = (placement.source, placement.destination)
        var view = View(frame: frame, x: source.x, y: source.y, destination: destination)
        if source.width != destination.width || source.height != destination.height {
            guard let scaled = pool.take(width: destination.width, height: destination.height) else { return nil }
            let chroma = (source.y / 2) * frame.strideUV + source.x / 2
            // Averaging all of the source pays only where much of it would be skipped otherwise.
            let isMuchSmaller = source.width > destination.width * 5 / 2 || source.height > destination.height * 5 / 2
            let isWhole = source.width == destination.width * 2 && source.height == destination.height * 2
            let filter = isMuchSmaller || isWhole ? kFilterBox : kFilterBilinear
            let status = I420Scale(
                frame.y + source.y * frame.strideY + source.x, Int32(frame.strideY),
                frame.u + chroma, Int32(frame.strideUV), frame.v + chroma, Int32(frame.strideUV),
                Int32(source.width), Int32(source.height),
                scaled.y, Int32(scaled.strideY), scaled.u, Int32(scaled.strideUV), scaled.v, Int32(scaled.strideUV),
                Int32(scaled.width), Int32(scaled.height), filter)
            guard status == 0 else { return nil }
            view = View(frame: scaled, x: 0, y: 0, destination: destination)
        }
        return picture.isMirrored ? mirrored(view) : view
    }

    private func mirrored(_ view: View) -> View? {
        let (frame, destination) = (view.frame, view.destination)
        guard let turned = pool.take(width: destination.width, height: destination.height) else { return nil }
        let chroma = (view.y / 2) * frame.strideUV + view.x / 2
        let status = I420Mirror(
            frame.y + view.y * frame.strideY + view.x, Int32(frame.strideY),
            frame.u + chroma, Int32(frame.strideUV), frame.v + chroma, Int32(frame.strideUV),
            turned.y, Int32(turned.strideY), turned.u, Int32(turned.strideUV), turned.v, Int32(turned.strideUV),
            Int32(destination.width), Int32(destination.height))
        return status == 0 ? View(frame: turned, x: 0, y: 0, destination: destination) : nil
    }

    // MARK: Pieces

    private func write(_ pieces: [Piece], view: View?, colour: Colour, into buffer: DisplayBuffer) -> Int {
        var written = 0
        let target = buffer.pixels.assumingMemoryBound(to: UInt8.self)
        let bounds = PixelRect(x: 0, y: 0, width: buffer.width, height: buffer.height)
        for piece in pieces {
            let rect = piece.rect.intersection(bounds)
            guard !rect.isEmpty else { continue }
            written += rect.area
            if piece.drawings.isEmpty {
                base(rect, view, colour, to: target + rect.y * buffer.stride + rect.x * 4, stride: buffer.stride)
            } else if piece.drawings.count == 1, case .fill(let colour) = piece.drawings[0].ink,
                piece.drawings[0].rect.contains(rect)
            {
                fill(rect, colour, at: target + rect.y * buffer.stride + rect.x * 4, stride: buffer.stride)
            } else {
                blend(piece.drawings, over: rect, view, colour, into: buffer)
            }
        }
        return written
    }

    private func blend(
        _ drawings: [Drawing], over rect: PixelRect, _ view: View?, _ colour: Colour, into buffer: DisplayBuffer
    ) {
        let stride = (rect.width * 4 + 63) & ~63
        reserveStrip(stride * Self.stripRows)
        let target = buffer.pixels.assumingMemoryBound(to: UInt8.self)
        var top = rect.y
        while top < rect.maxY {
            let part = PixelRect(
                x: rect.x, y: top, width: rect.width, height: min(Self.stripRows, rect.maxY - top))
            base(part, view, colour, to: strip, stride: stride)
            for drawing in drawings {
                let cut = drawing.rect.intersection(part)
                guard !cut.isEmpty else { continue }
                let place = strip + (cut.y - part.y) * stride + (cut.x - part.x) * 4
                switch drawing.ink {
                case .fill(let colour):
                    fill(cut, colour, at: place, stride: stride)
                case .overlay(let overlay):
                    let offset = (cut.y - drawing.rect.y) * overlay.stride + (cut.x - drawing.rect.x) * 4
                    ARGBBlend(
                        overlay.pixels + offset, Int32(overlay.stride), place, Int32(stride), place, Int32(stride),
                        Int32(cut.width), Int32(cut.height))
                }
            }
            ARGBCopy(
                strip, Int32(stride), target + part.y * buffer.stride + part.x * 4, Int32(buffer.stride),
                Int32(part.width), Int32(part.height))
            top = part.maxY
        }
    }

    /// The picture, and the plain colour beside it.
    /// - Parameter target: where the top left of `rect` goes.
    private func base(
        _ rect: PixelRect, _ view: View?, _ colour: Colour, to target: UnsafeMutablePointer<UInt8>, stride: Int
    ) {
        guard let view else { return fill(rect, colour, at: target, stride: stride) }
        let seen = rect.intersection(view.destination)
        if !seen.isEmpty {
            let frame = view.frame
            let x = view.x + seen.x - view.destination.x
            let y = view.y + seen.y - view.destination.y
            let chroma = (y / 2) * frame.strideUV + x / 2
            I420ToARGB(
                frame.y + y * frame.strideY + x, Int32(frame.strideY),
                frame.u + chroma, Int32(frame.strideUV), frame.v + chroma, Int32(frame.strideUV),
                target + (seen.y - rect.y) * stride + (seen.x - rect.x) * 4, Int32(stride),
                Int32(seen.width), Int32(seen.height))
        }
        rect.forEachPart(outside: view.destination) { part in
            fill(part, colour, at: target + (part.y - rect.y) * stride + (part.x - rect.x) * 4, stride: stride)
        }
    }

    private func fill(_ rect: PixelRect, _ colour: Colour, at target: UnsafeMutablePointer<UInt8>, stride: Int) {
        ARGBRect(target, Int32(stride), 0, 0, Int32(rect.width), Int32(rect.height), colour.value | 0xFF00_0000)
    }

    private func reserveStrip(_ bytes: Int) {
        guard bytes > stripCapacity else { return }
        strip.deallocate()
        strip = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64).assumingMemoryBound(to: UInt8.self)
        stripCapacity = bytes
    }
}

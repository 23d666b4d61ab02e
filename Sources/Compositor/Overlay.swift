import CPango

/// A small painted picture in premultiplied ARGB: a label, an icon, a corner. Painted once, blended as often as needed.
final class Overlay {
    let width: Int
    let height: Int
    let stride: Int
    let pixels: UnsafePointer<UInt8>
    /// Some of its text did not fit and ends in an ellipsis.
    let isCut: Bool
    private let surface: OpaquePointer

    var byteCount: Int { stride * height }

    /// Paints a picture of the given size, at least 1×1, which starts out transparent.
    init(width: Int, height: Int, isCut: Bool = false, _ paint: (_ cairo: OpaquePointer) -> Void) {
        self.isCut = isCut
        self.width = max(1, width)
        self.height = max(1, height)
        guard
            let surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, Int32(self.width), Int32(self.height)),
            let cairo = cairo_create(surface)
        else { preconditionFailure("cairo returns objects, if need be in an error state") }
        paint(cairo)
        cairo_destroy(cairo)
        cairo_surface_flush(surface)
        // Sizes are bounded by the display's, so this is memory that has run out.
        guard let data = cairo_image_surface_get_data(surface) else {
            preconditionFailure("no memory for an overlay of \(width)×\(height)")
        }
        self.surface = surface
        pixels = UnsafePointer(data)
        stride = Int(cairo_image_surface_get_stride(surface))
    }

    deinit {
        cairo_surface_destroy(surface)
    }
}

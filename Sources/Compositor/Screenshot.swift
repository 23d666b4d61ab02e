import CPango
import CYUV
import Media

/// A picture of the display, small enough to be sent to a tablet. A value: encode it on whatever thread has time.
public struct Screenshot: Sendable {
    public let width: Int
    public let height: Int
    /// XRGB like a `DisplayBuffer`, rows of `width * 4` bytes.
    private let pixels: [UInt8]

    /// - Parameter width: cut to 16 … the buffer's width (or the buffer's width, if that is less); the height
    ///   follows from it.
    init(of buffer: DisplayBuffer, width: Int) {
        let width = min(max(width, 16), buffer.width)
        let height = max(1, (buffer.height * width + buffer.width / 2) / buffer.width)
        self.width = width
        self.height = height
        pixels = [UInt8](unsafeUninitializedCapacity: width * height * 4) { target, count in
            let status = ARGBScale(
                buffer.pixels.assumingMemoryBound(to: UInt8.self), Int32(buffer.stride), Int32(buffer.width),
                Int32(buffer.height), target.baseAddress, Int32(width * 4), Int32(width), Int32(height), kFilterBox)
            if status != 0 { target.initialize(repeating: 0) }
            count = width * height * 4
        }
    }

    /// The colour at a place inside, as 0xRRGGBB.
    public func pixel(_ x: Int, _ y: Int) -> UInt32 {
        let offset = (y * width + x) * 4
        return UInt32(pixels[offset]) | UInt32(pixels[offset + 1]) << 8 | UInt32(pixels[offset + 2]) << 16
    }

    /// PNG, 8 bits per channel, no alpha (RFC 2083). Takes tens of milliseconds: not for the display thread.
    public func png() throws(CompositorError) -> [UInt8] {
        var pixels = pixels
        var bytes: [UInt8] = []
        let status = pixels.withUnsafeMutableBufferPointer { buffer -> cairo_status_t in
            let surface = cairo_image_surface_create_for_data(
                buffer.baseAddress, CAIRO_FORMAT_RGB24, Int32(width), Int32(height), Int32(width * 4))
            defer { cairo_surface_destroy(surface) }
            return withUnsafeMutablePointer(to: &bytes) { bytes in
                cairo_surface_write_to_png_stream(
                    surface,
                    { closure, data, length in
                        guard let closure, let data else { return CAIRO_STATUS_WRITE_ERROR }
                        closure.assumingMemoryBound(to: [UInt8].self).pointee
                            .append(contentsOf: UnsafeBufferPointer(start: data, count: Int(length)))
                        return CAIRO_STATUS_SUCCESS
                    }, bytes)
            }
        }
        guard status == CAIRO_STATUS_SUCCESS else {
            throw .encodingFailed(cairo_status_to_string(status).map { String(cString: $0) } ?? "unknown")
        }
        return bytes
    }
}

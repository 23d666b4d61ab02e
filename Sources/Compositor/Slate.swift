import CYUV
public import Media

/// A picture that goes out in place of the camera's and says why.
public enum Slate {
    /// Paints a slate over the whole of a frame. Takes some milliseconds, and allocates: paint once and copy.
    /// - Parameters:
    ///   - title: what is the matter.
    ///   - detail: whose picture it would be; may be empty.
    ///   - language: as for `Compositor`.
    public static func paint(_ title: String, detail: String, language: String?, into frame: VideoFrame) {
        // The planner thinks in even sizes, and a display has a smallest one.
        let (width, height) = (max(frame.width.evenUp, 16), max(frame.height.evenUp, 16))
        let stride = (width * 4 + 63) & ~63
        let pixels = UnsafeMutableRawPointer.allocate(byteCount: stride * height + 64, alignment: 64)
        defer { pixels.deallocate() }
        Compositor(language: language).compose(
            scene: Scene(.standby, message: Scene.Message(text: title, detail: detail, style: .warning)),
            frames: { _ in nil }, selfView: nil,
            into: DisplayBuffer(pixels: pixels, width: width, height: height, stride: stride))
        ARGBToI420(
            pixels.assumingMemoryBound(to: UInt8.self), Int32(stride), frame.y, Int32(frame.strideY), frame.u,
            Int32(frame.strideUV), frame.v, Int32(frame.strideUV), Int32(frame.width), Int32(frame.height))
    }
}

extension Int {
    fileprivate var evenUp: Int { (self + 1) & ~1 }
}

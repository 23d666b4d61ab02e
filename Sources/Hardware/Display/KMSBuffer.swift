import Media

/// A dumb buffer with its framebuffer and its memory.
struct KMSBuffer {
    let handle: KMSBufferHandle
    let framebuffer: UInt32
    let display: DisplayBuffer

    /// All or nothing.
    init(_ card: any KMSCard, width: Int, height: Int) throws(KMSFailure) {
        handle = try card.createBuffer(width: width, height: height)
        do {
            framebuffer = try card.addFramebuffer(handle, width: width, height: height)
        } catch {
            card.destroyBuffer(handle.handle)
            throw error
        }
        do {
            let pixels = try card.map(handle)
            display = DisplayBuffer(pixels: pixels, width: width, height: height, stride: handle.stride)
        } catch {
            card.removeFramebuffer(framebuffer, isStaying: false)
            card.destroyBuffer(handle.handle)
            throw error
        }
    }

    func blacken() {
        display.pixels.initializeMemory(as: UInt8.self, repeating: 0, count: display.stride * display.height)
    }

    /// - Parameter isStaying: the screen may go on showing it.
    func free(_ card: any KMSCard, isStaying: Bool = false) {
        card.unmap(display.pixels, size: handle.size)
        card.removeFramebuffer(framebuffer, isStaying: isStaying)
        card.destroyBuffer(handle.handle)
    }
}

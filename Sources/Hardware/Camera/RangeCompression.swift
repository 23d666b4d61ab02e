import Media

/// From full range, luma and chroma in 0…255, to the limited range of a `VideoFrame`: 16…235 and 16…240.
enum RangeCompression {
    static func apply(to frame: VideoFrame) {
        // By rows, without their padding. 16-bit products, so that the compiler makes vector code of it.
        for row in 0..<frame.height {
            scale(frame.y + row * frame.strideY, frame.width, by: 220, offset: 16 * 256 + 128)
        }
        for row in 0..<frame.chromaHeight {
            // 128 stays 128.
            scale(frame.u + row * frame.strideUV, frame.chromaWidth, by: 225, offset: 4096)
            scale(frame.v + row * frame.strideUV, frame.chromaWidth, by: 225, offset: 4096)
        }
    }

    private static func scale(_ row: UnsafeMutablePointer<UInt8>, _ count: Int, by factor: UInt16, offset: UInt16) {
        for column in 0..<count {
            row[column] = UInt8(truncatingIfNeeded: (UInt16(row[column]) &* factor &+ offset) >> 8)
        }
    }
}

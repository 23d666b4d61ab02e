public import Media

/// Writes pictures as a YUV4MPEG2 file.
public struct Y4MWriter: ~Copyable {
    public let header: Y4MHeader
    private let file: OutputFile
    private var bytes: [UInt8] = []

    public init(path: String, header: Y4MHeader) throws(DeviceError) {
        self.header = header
        file = try OutputFile(path: path)
        bytes.reserveCapacity(header.pictureSize + 16)
        bytes.append(contentsOf: header.line.utf8)
    }

    /// Appends a picture of the header's size.
    public mutating func write(_ frame: VideoFrame) throws(DeviceError) {
        precondition(frame.width == header.width && frame.height == header.height, "the frame has the file's size")
        bytes.append(contentsOf: Y4MHeader.frameMagic.utf8)
        bytes.append(UInt8(ascii: "\n"))
        append(frame.y, frame.strideY, frame.width, frame.height)
        append(frame.u, frame.strideUV, frame.chromaWidth, frame.chromaHeight)
        append(frame.v, frame.strideUV, frame.chromaWidth, frame.chromaHeight)
        var failure: DeviceError?
        bytes.withUnsafeBytes { buffer in
            do throws(DeviceError) { try file.write(buffer) } catch { failure = error }
        }
        bytes.removeAll(keepingCapacity: true)
        if let failure { throw failure }
    }

    private mutating func append(_ plane: UnsafePointer<UInt8>, _ stride: Int, _ width: Int, _ height: Int) {
        for row in 0..<height {
            bytes.append(contentsOf: UnsafeBufferPointer(start: plane + row * stride, count: width))
        }
    }
}

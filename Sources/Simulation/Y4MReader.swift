import CYUV
public import Media

/// Pictures of a YUV4MPEG2 file in any order, read one at a time.
///
/// The whole file is walked through once when it is opened (headers only), so that damage is found then and not in the
/// middle of a meeting.
public struct Y4MReader: ~Copyable {
    public let header: Y4MHeader
    private let file: InputFile
    /// Where each picture's planes begin.
    private let offsets: [Int64]
    private let planes: UnsafeMutableRawBufferPointer

    /// - Throws: `unknown` for a file that is not there, `failed` for one that is damaged or of another kind.
    public init(path: String) throws(DeviceError) {
        let file = try InputFile(path: path)
        let start = try file.read(Y4MHeader.longest, at: 0)
        guard let end = start.firstIndex(of: UInt8(ascii: "\n")) else {
            throw Self.failure(path, "expected a YUV4MPEG2 header line")
        }
        let header: Y4MHeader
        do throws(MediaFileProblem) {
            header = try Y4MHeader(String(decoding: start[..<end], as: UTF8.self))
        } catch {
            throw Self.failure(path, error.description)
        }
        offsets = try Self.findPictures(file, header, from: Int64(end) + 1)
        planes = .allocate(byteCount: header.pictureSize, alignment: 64)
        self.header = header
        self.file = file
    }

    deinit {
        planes.deallocate()
    }

    /// Pictures in the file, at least one.
    public var count: Int { offsets.count }

    /// Reads one picture into a frame of the file's size.
    public func read(_ index: Int, into frame: VideoFrame) throws(DeviceError) {
        precondition(frame.width == header.width && frame.height == header.height, "the frame has the file's size")
        guard try file.read(into: planes, at: offsets[index]) == planes.count else {
            throw Self.failure(file.path, "picture \(index) is gone; the file was cut while it was in use")
        }
        let y = planes.baseAddress!.assumingMemoryBound(to: UInt8.self)
        let u = y + header.width * header.height
        let v = u + frame.chromaWidth * frame.chromaHeight
        let columns = Int32(frame.chromaWidth)
        I420Copy(
            y, Int32(header.width), u, columns, v, columns, frame.y, Int32(frame.strideY), frame.u,
            Int32(frame.strideUV), frame.v, Int32(frame.strideUV), Int32(header.width), Int32(header.height))
    }

    private static func findPictures(
        _ file: borrowing InputFile, _ header: Y4MHeader, from start: Int64
    ) throws(DeviceError) -> [Int64] {
        let path = file.path
        let size = file.size
        var offsets: [Int64] = []
        var offset = start
        var longest = Y4MHeader.frameMagic.utf8.count + 1
        while offset < size {
            var line = try file.read(longest, at: offset)
            if line.starts(with: Y4MHeader.frameMagic.utf8), !line.contains(UInt8(ascii: "\n")) {
                // Parameters follow: from now on more is read at once.
                longest = Y4MHeader.longest
                line = try file.read(longest, at: offset)
            }
            guard line.starts(with: Y4MHeader.frameMagic.utf8), let end = line.firstIndex(of: UInt8(ascii: "\n")) else {
                throw failure(path, "expected FRAME before picture \(offsets.count), at byte \(offset)")
            }
            let planes = offset + Int64(end) + 1
            offset = planes + Int64(header.pictureSize)
            guard offset <= size else {
                throw failure(
                    path,
                    "picture \(offsets.count) is cut off: it needs \(header.pictureSize) bytes, "
                        + "but \(size - planes) are left; copy the file again")
            }
            offsets.append(planes)
        }
        guard !offsets.isEmpty else { throw failure(path, "expected at least one picture, found none") }
        return offsets
    }

    private static func failure(_ path: String, _ problem: String) -> DeviceError {
        DeviceError(.failed, "the file \(path) cannot be used as Y4M: \(problem)")
    }
}

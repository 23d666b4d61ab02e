import Glibc
import Media

/// A file that is read at offsets, closed when it is let go.
struct InputFile: ~Copyable {
    let path: String
    let size: Int64
    private let descriptor: Int32

    /// - Throws: `unknown` when it is not there or may not be read.
    init(path: String) throws(DeviceError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw DeviceError(.unknown, "the file \(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw DeviceError(.unknown, "expected \(path) to be a regular file; name a file that can be looped")
        }
        self.path = path
        self.descriptor = descriptor
        size = Int64(status.st_size)
    }

    deinit {
        close(descriptor)
    }

    /// Reads until the buffer is full or the file ends.
    /// - Returns: bytes read.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(DeviceError) -> Int {
        guard let base = buffer.baseAddress else { return 0 }
        var done = 0
        while done < buffer.count {
            let count = pread(descriptor, base + done, buffer.count - done, Int(offset) + done)
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw DeviceError(.failed, "reading \(path) failed: \(String(cString: strerror(errno)))")
            }
            done += count
        }
        return done
    }

    /// Reads up to `count` bytes.
    func read(_ count: Int, at offset: Int64) throws(DeviceError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var failure: DeviceError?
        let done = bytes.withUnsafeMutableBytes { buffer in
            do throws(DeviceError) {
                return try read(into: buffer, at: offset)
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        bytes.removeLast(count - done)
        return bytes
    }
}

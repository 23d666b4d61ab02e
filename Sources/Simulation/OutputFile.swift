import Glibc
import Media

/// A file that is written, made anew, closed when it is let go.
struct OutputFile: ~Copyable {
    let path: String
    private let descriptor: Int32

    init(path: String) throws(DeviceError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw DeviceError(.unknown, "the file \(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        self.path = path
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Appends at the end.
    func write(_ bytes: UnsafeRawBufferPointer) throws(DeviceError) {
        var done = 0
        while done < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure() }
            done += count
        }
    }

    /// Overwrites a few bytes that were written before.
    func overwrite(_ bytes: [UInt8], at offset: Int64) throws(DeviceError) {
        guard pwrite(descriptor, bytes, bytes.count, Int(offset)) == bytes.count else { throw failure() }
    }

    private func failure() -> DeviceError {
        DeviceError(.failed, "writing \(path) failed: \(String(cString: strerror(errno))); free some space")
    }
}

import Base
import Glibc

/// A calendar in a file, read again when the file has changed.
public actor FileCalendarSource: CalendarSource {
    public nonisolated let name: String
    private let executor = QueueExecutor("calendar.file")
    /// A network file system may block for minutes.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private let path: String
    private let limit: Int
    private var known: (stamp: Stamp, document: CalendarDocument)?

    /// What tells one state of a file from another.
    private struct Stamp: Hashable {
        var device, inode, size, seconds, nanoseconds: Int
    }

    /// - Parameter url: `file:///path`, percent-encoded where needed (RFC 8089).
    public init(url: String, limits: ICalendarLimits = ICalendarLimits()) throws(CalendarError) {
        guard let path = FileURL.path(of: url) else {
            throw .invalidSetting("expected a calendar address like file:///etc/roomd/room.ics, but got “\(url)”")
        }
        self.path = path
        name = path
        limit = limits.bytes
    }

    public func document() throws(CalendarError) -> CalendarDocument {
        // A named pipe must not hold us up.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure("opened") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("looked at") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unreadable("it is not a file") }
        let stamp = Stamp(
            device: Int(status.st_dev), inode: Int(status.st_ino), size: Int(status.st_size),
            seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
        if let known, known.stamp == stamp { return known.document }
        guard stamp.size <= limit else { throw .tooLarge(size: stamp.size, limit: limit) }
        let bytes = try read(descriptor, expecting: stamp.size)
        let document = CalendarDocument(bytes: bytes, revision: (known?.document.revision ?? 0) + 1)
        known = (stamp, document)
        return document
    }

    private func read(_ descriptor: Int32, expecting size: Int) throws(CalendarError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size + 1)
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read") }
            guard count > 0 else { return bytes }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= limit else { throw .tooLarge(size: bytes.count, limit: limit) }
        }
    }

    private func failure(_ verb: String) -> CalendarError {
        let code = errno
        return .unreadable("it cannot be \(verb): \(String(cString: strerror(code)))")
    }
}

import Base
import Glibc

/// What the daemon has used of the machine.
struct ProcessUsage: Hashable, Sendable {
    /// Processor time of all threads, in user and kernel mode.
    var cpu: Duration
    /// Bytes of memory that are resident.
    var memory: Int64
    /// Open files and sockets.
    var descriptors = 0
    var threads = 0

    static func current() -> ProcessUsage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func duration(_ time: timeval) -> Duration {
            .seconds(Int64(time.tv_sec)) + .microseconds(Int64(time.tv_usec))
        }
        return ProcessUsage(
            cpu: duration(usage.ru_utime) + duration(usage.ru_stime), memory: residentBytes(),
            descriptors: max(0, entries(of: "/proc/self/fd") - 1), threads: entries(of: "/proc/self/task"))
    }

    private static func entries(of folder: String) -> Int {
        guard let stream = opendir(folder) else { return 0 }
        defer { closedir(stream) }
        var count = 0
        while let entry = readdir(stream) {
            // Neither of the two that every folder has.
            if entry.pointee.d_name.0 != 0x2E { count += 1 }
        }
        return count
    }

    /// proc(5): the second number of statm counts resident pages.
    private static func residentBytes() -> Int64 {
        let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        let text = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 128) { buffer in
            let count = read(file, buffer.baseAddress, buffer.count)
            return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
        }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int64($0) } ?? 0
        return pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }
}

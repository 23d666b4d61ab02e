import Base
import Glibc

/// What the daemon has used of the machine.
struct ProcessUsage: Hashable, Sendable {
    /// Processor time of all threads, in user and kernel mode.
    var cpu: Duration
    /// Bytes of memory that are resident.
    var memory: Int64

    static func current() -> ProcessUsage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func duration(_ time: timeval) -> Duration {
            .seconds(Int64(time.tv_sec)) + .microseconds(Int64(time.tv_usec))
        }
        return ProcessUsage(cpu: duration(usage.ru_utime) + duration(usage.ru_stime), memory: residentBytes())
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

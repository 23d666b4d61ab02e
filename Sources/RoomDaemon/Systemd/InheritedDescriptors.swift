import CLinux
import ControlServer
import Glibc

/// The descriptors that systemd passes (sd_listen_fds(3)): sockets of units, and what was left in its store before a
/// restart.
struct InheritedDescriptors: Hashable, Sendable {
    struct Entry: Hashable, Sendable {
        /// `FileDescriptorName=` of the socket unit, or the name it was stored by.
        var name: String
        var descriptor: Int32
    }

    private(set) var entries: [Entry] = []

    /// Takes them, once, and before any thread is started: the variables are gone afterwards.
    static func take() -> InheritedDescriptors {
        let inherited = InheritedDescriptors(environment: ServiceManager.variable, process: getpid())
        for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) }
        for entry in inherited.entries { clinux_set_close_on_exec(entry.descriptor) }
        return inherited
    }

    init(environment: (String) -> String?, process: Int32) {
        guard environment("LISTEN_PID").flatMap(Int32.init) == process,
            let count = environment("LISTEN_FDS").flatMap(Int.init), count > 0
        else { return }
        let names = environment("LISTEN_FDNAMES")?.split(separator: ":", omittingEmptySubsequences: false) ?? []
        // They begin at 3, and there are no more than the unit may store.
        entries = (0..<min(count, 64)).map { index in
            Entry(name: index < names.count ? String(names[index]) : "unknown", descriptor: Int32(3 + index))
        }
    }

    /// The first that is a listening Unix socket: connections made before the daemon runs wait at it.
    var controlSocket: ControlSocket? {
        entries.first { clinux_unix_is_listening($0.descriptor) == 1 }.map { .inherited(descriptor: $0.descriptor) }
    }

    subscript(name: String) -> Int32? {
        entries.first { $0.name == name }?.descriptor
    }
}

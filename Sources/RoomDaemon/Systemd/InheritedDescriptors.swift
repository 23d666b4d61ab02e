import CLinux
import ControlServer
import Glibc

/// The descriptors that systemd passes (sd_listen_fds(3)): the sockets of its units.
struct InheritedDescriptors: Hashable, Sendable {
    private(set) var descriptors: [Int32] = []

    /// Takes them, once, and before any thread is started: the variables are gone afterwards.
    static func take() -> InheritedDescriptors {
        let inherited = InheritedDescriptors(environment: ServiceManager.variable, process: getpid())
        for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) }
        for descriptor in inherited.descriptors { clinux_set_close_on_exec(descriptor) }
        return inherited
    }

    init(environment: (String) -> String?, process: Int32) {
        guard environment("LISTEN_PID").flatMap(Int32.init) == process,
            let count = environment("LISTEN_FDS").flatMap(Int.init), count > 0
        else { return }
        // They begin at 3, and no unit of ours has more.
        descriptors = (0..<min(count, 64)).map { Int32(3 + $0) }
    }

    /// The first that is a listening Unix socket: connections made before the daemon runs wait at it.
    var controlSocket: ControlSocket? {
        descriptors.first { clinux_unix_is_listening($0) == 1 }.map { .inherited(descriptor: $0) }
    }
}

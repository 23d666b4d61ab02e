import CLinux
import Glibc

/// What the daemon tells systemd (sd_notify(3)): one datagram each. Where no systemd has started it, nothing happens.
struct ServiceManager: Sendable {
    /// A path, or an abstract name with '@' in front; nil: nobody listens.
    private let address: String?
    /// How long after the last sign of life systemd kills the daemon; nil: it does not.
    let watchdogTimeout: Duration?

    init(environment: (String) -> String? = ServiceManager.variable, process: Int32 = getpid()) {
        address = environment("NOTIFY_SOCKET").flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? $0 : nil }
        let isMeant = environment("WATCHDOG_PID").map { Int32($0) == process } ?? true
        let microseconds = environment("WATCHDOG_USEC").flatMap(Int64.init) ?? 0
        watchdogTimeout = isMeant && microseconds > 0 ? .microseconds(microseconds) : nil
    }

    static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// Start-up is over: units that wait for this one may start.
    func tellReady() { send("READY=1") }

    /// The end has begun.
    func tellStopping() { send("STOPPING=1") }

    /// A sign of life.
    func feedWatchdog() { send("WATCHDOG=1") }

    /// One line for `systemctl status`, which every user may read.
    func tellStatus(_ text: String) { send("STATUS=" + text.filter { !$0.isNewline }) }

    private func send(_ text: String) {
        guard let address else { return }
        let bytes = Array(text.utf8)
        // Nothing can be done about a failure, and systemd notices what it does not hear.
        _ = clinux_unix_send(address, bytes, bytes.count)
    }
}

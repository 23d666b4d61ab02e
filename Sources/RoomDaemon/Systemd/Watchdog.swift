import Base
import Logging
import Media

/// Gives systemd its signs of life for as long as every loop goes on, and the status line. One that hangs is named in
/// the log; systemd then ends the daemon and starts it anew.
final class Watchdog: Sendable {
    /// Between two looks: short against the timeout, so that one that comes late does no harm.
    static let interval = Duration.seconds(1)
    /// How long a loop may take for a turn where systemd does not watch.
    private static let patience = Duration.seconds(10)

    private let manager: ServiceManager
    private let heartbeat: Heartbeat
    private let status: @Sendable () -> String
    private let logger: Logger
    private let isStopping = Monitor(false)
    private let thread = Monitor<DeviceThread?>(nil)

    init(
        _ manager: ServiceManager, loops: [Heartbeat.Loop], logger: Logger, status: @escaping @Sendable () -> String
    ) {
        self.manager = manager
        self.status = status
        self.logger = logger
        // Half of it: the log has the name before the daemon is killed.
        heartbeat = Heartbeat(
            loops, patience: manager.watchdogTimeout.map { $0 / 2 } ?? Self.patience, at: MonotonicClock.now)
    }

    func start() throws {
        let thread = try DeviceThread(name: "watchdog") { [self] in run() }
        self.thread.withLock { $0 = thread }
    }

    func stop() {
        isStopping.update { $0 = true }
        thread.withLock { $0 }?.join()
    }

    private func run() {
        var round = Round()
        while true {
            take(&round, at: MonotonicClock.now)
            let isOver: Bool? = isStopping.wait(until: MonotonicClock.now + Self.interval) { $0 ? true : nil }
            if isOver == true { return }
        }
    }

    /// What the thread remembers from one look to the next.
    struct Round {
        var status = ""
        var stalled: [String] = []
    }

    /// One look.
    func take(_ round: inout Round, at now: Instant) {
        let stalled = heartbeat.stalled(at: now)
        if stalled.isEmpty { manager.feedWatchdog() }
        let status = stalled.isEmpty ? status() : "Hangs: \(stalled.joined(separator: ", "))"
        if status != round.status { manager.tellStatus(status) }
        if stalled != round.stalled {
            if stalled.isEmpty {
                logger.notice("all loops go on again")
            } else {
                logger.critical("a loop hangs", metadata: ["loops": "\(stalled.joined(separator: ","))"])
            }
        }
        round = Round(status: status, stalled: stalled)
        heartbeat.nudge()
    }
}

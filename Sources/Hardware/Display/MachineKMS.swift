import Base
import CLinux
import Media

/// The cards of this machine.
struct MachineKMS: KMSSystem {
    var now: Instant { MonotonicClock.now }

    func cards() throws(DeviceError) -> [KMSCardNode] {
        try DeviceTree().nodes(subsystem: "drm").compactMap(KMSCardNode.init)
            .sorted { ($0.number ?? 0) < ($1.number ?? 0) }
    }

    func open(_ path: String) throws(KMSFailure) -> any KMSCard {
        try MachineKMSCard(path: path)
    }

    func wait(until instant: Instant, signal: EventSignal) {
        if clinux_wait_for_device(-1, signal.fileDescriptor, instant.nanoseconds) == 2 { signal.drain() }
    }
}

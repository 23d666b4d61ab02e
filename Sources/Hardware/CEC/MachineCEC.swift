import Base
import CLinux
import Media

/// The CEC adapters of this machine.
struct MachineCEC: CECSystem {
    var now: Instant { MonotonicClock.now }

    func adapters() throws(DeviceError) -> [String] {
        try DeviceTree().nodes(subsystem: "cec").compactMap(\.path)
    }

    func open(_ path: String) throws(CECFailure) -> any CECBus {
        try MachineCECBus(path: path)
    }

    func wait(until instant: Instant, signal: EventSignal) {
        if clinux_wait_for_device(-1, signal.fileDescriptor, instant.nanoseconds) == 2 { signal.drain() }
    }
}

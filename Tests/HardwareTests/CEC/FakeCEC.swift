import Base
import Glibc
import Media

@testable import Hardware

/// A machine with CEC adapters, whose time passes only while somebody waits.
final class FakeCEC: CECSystem, @unchecked Sendable {
    private(set) var now = Instant(nanoseconds: 1_000_000_000)
    var adaptersByPath: [(path: String, adapter: FakeCECAdapter)]
    private(set) var opens = 0
    var waits = 0

    init(_ adapters: FakeCECAdapter...) {
        adaptersByPath = adapters.enumerated().map { ("/dev/cec\($0)", $1) }
        for adapter in adapters { adapter.system = self }
    }

    func adapters() throws(DeviceError) -> [String] { adaptersByPath.map(\.path) }

    func open(_ path: String) throws(CECFailure) -> any CECBus {
        opens += 1
        guard let adapter = adaptersByPath.first(where: { $0.path == path })?.adapter else {
            throw CECFailure(call: .open, code: ENOENT)
        }
        try adapter.attempt(.open)
        return FakeCECBus(adapter)
    }

    func wait(until instant: Instant, signal: EventSignal) {
        _ = wait(until: instant, signal: signal, due: nil)
    }

    func wait(until instant: Instant, signal: EventSignal, due: Instant?) -> DeviceWake {
        waits += 1
        if signal.drain() > 0 { return .signalled }
        // Nothing will ever be due: a real wait for another thread.
        if instant == .distantFuture, due == nil {
            signal.wait()
            return .signalled
        }
        let end = min(instant, due ?? .distantFuture)
        now = max(now, end)
        return due.map { $0 <= now } == true ? .readable : .timedOut
    }
}

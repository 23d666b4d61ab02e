import Base
import Glibc
import Media

@testable import Hardware

/// A machine with graphics cards, whose time passes only while somebody waits.
final class FakeGraphics: KMSSystem, @unchecked Sendable {
    private(set) var now = Instant(nanoseconds: 1_000_000_000)
    var hardware: [FakeCardHardware]
    /// Instead of the list of cards.
    var listTrouble: DeviceError?
    /// Called before a wait; what it returns ends the wait.
    var onWait: ((EventSignal) -> DeviceWake?)?
    private(set) var opens = 0
    private var plans: [(at: Instant, action: () -> Void)] = []

    init(_ hardware: FakeCardHardware...) {
        self.hardware = hardware
        for card in hardware { card.system = self }
    }

    /// Something that happens while the display waits.
    func plan(after delay: Duration, _ action: @escaping () -> Void) {
        plans.append((now + delay, action))
        plans.sort { $0.at < $1.at }
    }

    /// Lets time pass, as drawing does.
    func pass(_ duration: Duration) { advance(to: now + duration) }

    var violations: [String] { hardware.flatMap(\.violations) }
    /// Whatever is held of any card: nothing when all are closed.
    var held: Int { hardware.reduce(0) { $0 + $1.held } }

    // MARK: KMSSystem

    func cards() throws(DeviceError) -> [KMSCardNode] {
        if let listTrouble { throw listTrouble }
        return hardware.filter(\.isPresent).map(\.node)
    }

    func open(_ path: String) throws(KMSFailure) -> any KMSCard {
        opens += 1
        guard let card = hardware.first(where: { $0.node.isNamed(path) && $0.isPresent }) else {
            throw KMSFailure(call: .open, code: ENOENT)
        }
        return try card.open()
    }

    func wait(until instant: Instant, signal: EventSignal) {
        _ = wait(until: instant, signal: signal, readable: { nil })
    }

    /// - Parameter readable: when there will be something to read; nil = never.
    func wait(until instant: Instant, signal: EventSignal, readable: () -> Instant?) -> DeviceWake {
        if let wake = onWait?(signal) { return wake }
        while true {
            if signal.drain() > 0 { return .signalled }
            if let due = readable(), due <= now { return .readable }
            let next = [readable() ?? .distantFuture, plans.first?.at ?? .distantFuture, instant].min()!
            if next >= instant, instant <= now { return .timedOut }
            advance(to: next)
        }
    }

    private func advance(to instant: Instant) {
        while let plan = plans.first, plan.at <= instant {
            plans.removeFirst()
            now = max(now, plan.at)
            plan.action()
        }
        now = max(now, instant)
    }
}

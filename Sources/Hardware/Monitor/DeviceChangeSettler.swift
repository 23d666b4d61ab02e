import Base

/// Gathers what comes in a burst: one camera that is plugged in is four devices to the kernel.
///
/// Told after a short quiet, and in an unbroken stream of changes at intervals.
struct DeviceChangeSettler: Sendable {
    static let quiet = Duration.milliseconds(50)
    static let longest = Duration.milliseconds(250)
    /// More devices than a machine has: then only that there were changes is kept.
    static let capacity = 256

    private var changes: [DeviceChange] = []
    private var first: Instant?
    private var last: Instant?

    /// When the changes so far are to be told.
    var deadline: Instant? {
        guard let first, let last else { return nil }
        return min(last + Self.quiet, first + Self.longest)
    }

    /// Of one device only the last change is kept: of one that came and went at once, that it is gone.
    mutating func heard(_ change: DeviceChange, at now: Instant) {
        if let index = changes.firstIndex(where: { $0.subsystem == change.subsystem && $0.name == change.name }) {
            let before = changes.remove(at: index)
            var change = change
            // A new device that changed is still new.
            if change.kind == .changed, before.kind == .added { change.kind = .added }
            changes.append(change)
        } else if changes.count < Self.capacity {
            changes.append(change)
        } else {
            changes = Self.everything
        }
        first = first ?? now
        last = now
    }

    /// News were lost.
    mutating func missed(at now: Instant) {
        for change in Self.everything { heard(change, at: now) }
    }

    /// What is to be told now, in the order in which it happened.
    mutating func take(at now: Instant) -> [DeviceChange] {
        guard let deadline, deadline <= now else { return [] }
        defer {
            changes.removeAll()
            first = nil
            last = nil
        }
        return changes
    }

    private static var everything: [DeviceChange] {
        DeviceChange.Subsystem.allCases.map { DeviceChange(kind: .changed, subsystem: $0, node: nil, name: "") }
    }
}

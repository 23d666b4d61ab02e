import Base

/// Groups packets that were sent in one burst and compares how far apart successive groups left and arrived
/// (draft-ietf-rmcat-gcc-02 §5.2).
struct InterArrival: Sendable {
    struct Difference: Hashable, Sendable {
        var sent: Duration
        var arrived: Duration
    }

    private struct Group: Sendable {
        var firstSent: Instant
        var lastSent: Instant
        var firstArrival: Instant
        var lastArrival: Instant
    }

    private var current: Group?
    private var previous: Group?
    private var reorderedGroups = 0

    /// Packets sent within this time are one group.
    private static let burst = Duration.milliseconds(5)

    /// Takes one received packet.
    /// - Returns: the difference between the two groups before the one that this packet opens, if it opens one.
    mutating func add(sent: Instant, arrival: Instant) -> Difference? {
        guard var group = current else {
            current = Group(firstSent: sent, lastSent: sent, firstArrival: arrival, lastArrival: arrival)
            return nil
        }
        // Sent before the group began: reordered on the way, of no use here.
        guard sent >= group.firstSent else { return nil }
        if belongs(sent: sent, arrival: arrival, to: group) {
            group.lastSent = max(group.lastSent, sent)
            group.lastArrival = max(group.lastArrival, arrival)
            current = group
            return nil
        }
        let difference = previous.map {
            Difference(sent: group.lastSent - $0.lastSent, arrived: group.lastArrival - $0.lastArrival)
        }
        previous = group
        current = Group(firstSent: sent, lastSent: sent, firstArrival: arrival, lastArrival: arrival)
        guard let difference else { return nil }
        if difference.arrived < .zero {
            reorderedGroups += 1
            // The other side's clock has stepped: begin anew.
            if reorderedGroups >= 3 { self = InterArrival() }
            return nil
        }
        reorderedGroups = 0
        return difference
    }

    private func belongs(sent: Instant, arrival: Instant, to group: Group) -> Bool {
        if sent - group.firstSent <= Self.burst { return true }
        // Packets that a queue on the way let go at once, although they were sent apart.
        let arrived = arrival - group.lastArrival
        return arrived - (sent - group.lastSent) < .zero && arrived <= Self.burst
            && arrival - group.firstArrival < .milliseconds(100)
    }
}

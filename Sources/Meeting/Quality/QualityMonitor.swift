public import Base

/// Judges how well media gets through between the room and everybody in a meeting.
///
/// Fed with a report about once a second. Worse is told at once, better after ten seconds. Who is not received is
/// `excellent`: nothing says otherwise. The room itself is judged by what the service reports of its streams, and by what
/// everybody is received with when that is not one participant's alone.
public struct QualityMonitor: Hashable, Sendable {
    private var received: [ParticipantID: ReceivedQuality] = [:]
    private var sent = SentQuality()
    /// When a datagram came last on the connection that carries what is received.
    private var heard: Instant?

    public init() {}

    /// How many are judged just now.
    var people: Int { received.count }

    /// - Parameter open: who else is there, and what each of them sends as the service tells; all others are forgotten.
    public mutating func handle(_ report: MediaReport, open: [ParticipantID: Set<TrackKind>], at now: Instant) {
        if report.datagrams > 0 { heard = now }
        received = received.filter { open[$0.key] != nil }
        for (id, kinds) in open {
            guard let reception = report.received[id] ?? (received[id] == nil ? nil : MediaReport.Reception()) else {
                continue
            }
            received[id, default: ReceivedQuality()].take(reception, open: kinds, length: report.length, at: now)
        }
        judgeLosses(at: now)
        sent.take(report.sending, received: common(report), at: now)
    }

    /// Of another participant.
    public func quality(of id: ParticipantID) -> Quality { received[id]?.quality ?? .excellent }

    /// Of the room itself.
    public var ownQuality: Quality { sent.quality }

    private mutating func judgeLosses(at now: Instant) {
        // The two who were received last: for each participant, one of them is somebody else.
        let latest = received.compactMap { id, quality in quality.lastCame.map { (id: id, at: $0) } }
            .sorted { $0.at > $1.at }.prefix(2)
        for id in received.keys {
            let last = received[id]?.lastCame ?? now
            let others = latest.first { $0.id != id }?.at
            // Where nobody else sends, at least the connection is to be alive. Two who end together are not both at fault.
            let isHeardBeside =
                if let others, last - others < ReceivedQuality.oneMoment {
                    others == now
                } else {
                    heard.map { $0 - last > .seconds(1) } ?? false
                }
            received[id]?.judgeLoss(isHeardBeside: isHeardBeside, at: now)
        }
    }

    /// What all those who are received have in common: of one alone, the way may be theirs.
    private func common(_ report: MediaReport) -> Quality {
        let qualities = received.filter { (report.received[$0.key]?.packets ?? 0) > 0 }.map(\.value.measured)
        return qualities.count < 2 ? .excellent : qualities.min() ?? .excellent
    }
}

import Base

/// How well what the room sends comes through, as the service reports it.
struct SentQuality: Hashable, Sendable {
    private struct Second: Hashable, Sendable {
        let at: Instant
        let sending: MediaReport.Sending
    }

    static let window = Duration.seconds(5)
    /// Of less than so many packets the lost ones make no share.
    private static let fewest: Int64 = 100

    private var seconds: [Second] = []
    private var held = HeldQuality()

    var quality: Quality { held.told }

    /// - Parameters:
    ///   - sending: nil while nothing is sent.
    ///   - received: what everybody is received with, when that is the room's own way.
    mutating func take(_ sending: MediaReport.Sending?, received: Quality, at now: Instant) {
        if let sending { seconds.append(Second(at: now, sending: sending)) }
        seconds.removeAll { now - $0.at >= Self.window }
        held.note(max(lossQuality, roundTripQuality, received), at: now)
    }

    private var lossQuality: Quality {
        let packets = seconds.reduce(0) { $0 + max(0, $1.sending.packets) }
        guard packets >= Self.fewest else { return .excellent }
        let lost = seconds.reduce(0) { $0 + max(0, $1.sending.packetsLost) }
        return QualityLimits.sent.quality(Double(lost) / Double(packets), told: held.told)
    }

    private var roundTripQuality: Quality {
        let times = seconds.compactMap(\.sending.roundTrip?.inSeconds)
        guard !times.isEmpty else { return .excellent }
        return QualityLimits.roundTrip.quality(times.reduce(0, +) / Double(times.count), told: held.told)
    }
}

public import Base
import DTLS
import ICE

extension PeerConnection {
    /// When `handleTimeout` is to be called; nil when nothing is due by itself.
    public var nextDeadline: Instant? {
        guard state != .closed else { return nil }
        var earliest = Instant.earliest(iceDeadline, dtlsDeadline)
        guard canFlow else { return earliest }
        earliest = Instant.earliest(earliest, transport.nextDeadline)
        for index in videoSenders.indices where videoSenders[index].isActive {
            earliest = Instant.earliest(earliest, videoSenders[index].sender.nextDeadline)
        }
        for index in audioReceivers.indices {
            earliest = Instant.earliest(earliest, audioReceivers[index].receiver.nextDeadline)
        }
        for index in videoReceivers.indices {
            earliest = Instant.earliest(earliest, videoReceivers[index].receiver.nextDeadline)
        }
        return Instant.earliest(earliest, feedback?.nextDeadline)
    }

    /// Does what is due. Early calls are harmless.
    public mutating func handleTimeout(at now: Instant) {
        guard state != .closed else { return }
        let isICEDue = iceDeadline.map { $0 <= now } ?? false
        let isDTLSDue = dtlsDeadline.map { $0 <= now } ?? false
        if isICEDue { ice?.handleTimeout(at: now) }
        if isDTLSDue { dtls?.handleTimeout(at: now) }
        if isICEDue || isDTLSDue { follow(at: now) }
        guard canFlow else { return }
        transport.handleTimeout(at: now)
        flushMedia(at: now)
        pollReports(at: now)
    }
}

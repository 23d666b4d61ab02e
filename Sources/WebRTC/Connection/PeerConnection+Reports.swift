import Base
import ICE
import RTP

extension PeerConnection {
    /// Writes the reports and the feedback that are due.
    mutating func pollReports(at now: Instant) {
        guard feedback != nil else { return }
        if let roundTrip = ice?.roundTrip ?? transport.roundTrip.smoothed {
            feedback?.estimator.roundTrip = roundTrip
            for index in audioReceivers.indices { audioReceivers[index].receiver.roundTrip = roundTrip }
            for index in videoReceivers.indices { videoReceivers[index].receiver.roundTrip = roundTrip }
        }
        if feedback?.usesTransportWide == true { feedback?.transportWide.poll(into: &plain, at: now) }
        if feedback?.usesEstimator == true { feedback?.estimator.poll(into: &plain, at: now) }
        for index in audioReceivers.indices { audioReceivers[index].receiver.poll(into: &plain, at: now) }
        for index in videoReceivers.indices { videoReceivers[index].receiver.poll(into: &plain, at: now) }
        if feedback?.reports.takeDue(at: now) == true { composeReports(at: now) }
    }

    private mutating func composeReports(at now: Instant) {
        for index in audioSenders.indices where audioSenders[index].isActive {
            guard let report = audioSenders[index].sender.senderReport(at: now, clock: clock) else { continue }
            feedback?.senderReports.append(report)
        }
        for index in videoSenders.indices where videoSenders[index].isActive {
            guard let report = videoSenders[index].sender.senderReport(at: now, clock: clock) else { continue }
            feedback?.senderReports.append(report)
        }
        for index in audioReceivers.indices {
            guard let block = audioReceivers[index].receiver.makeReportBlock(at: now) else { continue }
            feedback?.blocks.append(block)
        }
        for index in videoReceivers.indices {
            guard let block = videoReceivers[index].receiver.makeReportBlock(at: now) else { continue }
            feedback?.blocks.append(block)
        }
        feedback?.compose(into: &plain)
    }

    /// Keeps what the peer's report says about each of our streams, for the statistics.
    mutating func noteReports(_ packet: borrowing RTCPPacketView, at now: Instant) {
        switch packet.kind {
        case .senderReport, .receiverReport: break
        default: return
        }
        for index in 0..<packet.reportBlockCount {
            let block = packet.reportBlock(index)
            for sender in audioSenders.indices where audioSenders[sender].sender.configuration.ssrc == block.ssrc {
                audioSenders[sender].remote.take(block, clock: clock, at: now)
            }
            for sender in videoSenders.indices where videoSenders[sender].sender.configuration.ssrc == block.ssrc {
                videoSenders[sender].remote.take(block, clock: clock, at: now)
            }
        }
    }

    mutating func sendGoodbye(at now: Instant) {
        guard canFlow else { return }
        let sources =
            audioSenders.filter(\.isActive).map(\.sender.configuration.ssrc)
            + videoSenders.filter(\.isActive).map(\.sender.configuration.ssrc)
        feedback?.reports.composeGoodbye(of: sources, into: &plain)
    }
}

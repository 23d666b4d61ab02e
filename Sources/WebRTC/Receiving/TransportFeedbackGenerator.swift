import Base
import RTP

/// Tells the sender when each of its packets arrived (draft-holmer-rmcat-transport-wide-cc-extensions-01), ten times a
/// second.
struct TransportFeedbackGenerator: Sendable {
    private struct Arrival: Sendable {
        var number: Int64
        var at: Instant
    }

    private let envelope: FeedbackEnvelope
    private let interval: Duration
    private var arrivals: [Arrival]
    private var numbers = SerialUnwrapper<UInt16>()
    /// The first number that the next report is about, and the highest received.
    private var pending: ClosedRange<Int64>?
    private var nextUnreported: Int64?
    private var mediaSSRC = SSRC(0)
    private var dueAt: Instant?
    private var lastSentAt: Instant?
    private var feedback = TransportFeedback()
    private var count: UInt8 = 0
    private var rtcp: [UInt8] = []
    private(set) var sentReports: UInt64 = 0

    /// - Parameter interval: between reports, 50 to 250 ms.
    init(envelope: FeedbackEnvelope, interval: Duration = .milliseconds(100)) {
        self.envelope = envelope
        self.interval = interval
        arrivals = Array(repeating: Arrival(number: .min, at: .zero), count: Self.window)
    }

    /// Packets remembered: half a second at 100 Mb/s.
    private static let window = 4096

    private func index(_ number: Int64) -> Int {
        Int(((number % Int64(Self.window)) + Int64(Self.window)) % Int64(Self.window))
    }

    /// Takes note of a packet that carried a transport-wide number.
    mutating func receive(_ number: UInt16, ssrc: SSRC, at now: Instant) {
        let number = numbers.unwrap(number)
        mediaSSRC = ssrc
        let place = index(number)
        // Too old to have a place, or a duplicate: the first arrival counts.
        guard arrivals[place].number < number else { return }
        arrivals[place] = Arrival(number: number, at: now)
        extend(to: number)
        dueAt = dueAt ?? max(now, (lastSentAt ?? now) + interval)
    }

    private mutating func extend(to number: Int64) {
        guard let range = pending else {
            // What was lost since the last report belongs into this one; what came late is reported again.
            let start = min(nextUnreported ?? number, number)
            pending = max(start, number - Int64(Self.window) + 1)...number
            return
        }
        let upper = max(range.upperBound, number)
        pending = max(min(range.lowerBound, number), upper - Int64(Self.window) + 1)...upper
    }

    var nextDeadline: Instant? { dueAt }

    /// Writes the reports that are due, as many as the numbers need.
    mutating func poll(into out: inout DatagramQueue<MediaDatagram>, at now: Instant) {
        guard let dueAt, dueAt <= now, let range = pending else { return }
        self.dueAt = nil
        lastSentAt = now
        pending = nil
        nextUnreported = range.upperBound + 1
        var isOpen = false
        for number in range {
            let arrival = arrivals[index(number)]
            guard arrival.number == number else { continue }
            let sequenceNumber = SequenceNumber(UInt16(truncatingIfNeeded: number))
            if !isOpen {
                // The first report begins with what was lost before it, unless that alone would fill it.
                let base = number - range.lowerBound < 300 ? range.lowerBound : number
                feedback.begin(at: SequenceNumber(UInt16(truncatingIfNeeded: base)), arrival: arrival.at)
                isOpen = true
            }
            if !feedback.add(sequenceNumber, arrival: arrival.at) {
                write(into: &out)
                feedback.begin(at: sequenceNumber, arrival: arrival.at)
                _ = feedback.add(sequenceNumber, arrival: arrival.at)
            }
        }
        if isOpen { write(into: &out) }
    }

    private mutating func write(into out: inout DatagramQueue<MediaDatagram>) {
        feedback.senderSSRC = envelope.localSSRC
        feedback.mediaSSRC = mediaSSRC
        feedback.feedbackCount = count
        count &+= 1
        envelope.begin(&rtcp)
        rtcp.appendRTCP(feedback)
        sentReports += 1
        out.push(swapping: &rtcp, tag: .rtcp)
    }
}

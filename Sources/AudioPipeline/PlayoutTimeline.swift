/// When the samples that wait to be played were captured, through decoding, invention and stretching.
///
/// The model: marks say of some samples, by their place in the queue, which RTP time and capture time they have; from
/// one mark to the next time runs on evenly. The first mark is always at place 0.
struct PlayoutTimeline: ~Copyable {
    struct Time: BitwiseCopyable {
        /// RTP time in samples of 48 kHz.
        var timestamp: Int64
        /// On the sender's clock in nanoseconds, or `PlayoutPacket.unknownCaptureTime`.
        var captureTime: Int64

        func advanced(by samples: Int) -> Time {
            var time = self
            time.timestamp &+= Int64(samples)
            if captureTime != PlayoutPacket.unknownCaptureTime { time.captureTime &+= Int64(samples) * 1_000_000 / 48 }
            return time
        }
    }

    private struct Mark: BitwiseCopyable {
        var place: Int
        var time: Time
    }

    /// A mark for each packet of the shortest kind in a full queue, and those of stretching.
    private static let capacity = 192
    /// Capture times are rounded: a smaller difference needs no mark.
    private static let tolerance: Int64 = 20_000

    private let marks: UnsafeMutablePointer<Mark>
    private var count = 0

    init() {
        marks = .allocate(capacity: Self.capacity)
        marks.initialize(
            repeating: Mark(place: 0, time: Time(timestamp: 0, captureTime: 0)), count: Self.capacity)
    }

    deinit { marks.deallocate() }

    mutating func removeAll() { count = 0 }

    /// The time of the sample at `place`, or nil when nothing is known.
    func time(at place: Int) -> Time? {
        guard count > 0 else { return nil }
        var index = count - 1
        while index > 0, marks[index].place > place { index -= 1 }
        return marks[index].time.advanced(by: place - marks[index].place)
    }

    /// From `place`, behind all marks so far, time goes on like this.
    mutating func append(_ time: Time, at place: Int) {
        if let expected = self.time(at: place), expected.timestamp == time.timestamp {
            let difference = expected.captureTime.subtractingReportingOverflow(time.captureTime)
            if !difference.overflow, difference.partialValue.magnitude < Self.tolerance { return }
        }
        guard count < Self.capacity else { return }
        marks[count] = Mark(place: place, time: time)
        count += 1
    }

    /// The first `samples` have been played.
    mutating func consume(_ samples: Int) {
        guard let head = time(at: samples) else { return }
        keep(from: samples, movedBy: -samples, after: 1)
        marks[0] = Mark(place: 0, time: head)
    }

    /// `samples` were taken out, and the sound went over to what comes behind them at `seam`.
    mutating func shorten(by samples: Int, seam: Int) {
        guard let head = time(at: 0), let behind = time(at: samples + seam) else { return }
        keep(from: samples + seam, movedBy: -samples, after: 2)
        marks[0] = Mark(place: 0, time: head)
        marks[1] = Mark(place: seam, time: behind)
    }

    /// `samples` heard before were put in; the sound goes over to them at `seam`.
    mutating func lengthen(by samples: Int, seam: Int) {
        guard let head = time(at: 0) else { return }
        keep(from: 0, movedBy: samples, after: 3)
        marks[0] = Mark(place: 0, time: head)
        marks[1] = Mark(place: seam, time: head.advanced(by: seam - samples))
        marks[2] = Mark(place: samples, time: head)
    }

    /// Keeps the marks behind `place` and moves them, so that they stand from index `front` on.
    private mutating func keep(from place: Int, movedBy distance: Int, after front: Int) {
        var first = 0
        while first < count, marks[first].place <= place { first += 1 }
        let kept = min(count - first, Self.capacity - front)
        (marks + front).update(from: marks + first, count: kept)
        for index in front..<front + kept { marks[index].place += distance }
        count = front + kept
    }
}

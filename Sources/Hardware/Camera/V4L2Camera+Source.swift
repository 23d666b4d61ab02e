import Base
import Glibc
import Media
import Synchronization

/// Beginning to stream, and an HDMI input's source: there, gone, of another size.
extension V4L2Camera {
    /// Streams in the best format there is, or waits for a signal.
    func start() throws(VideoCallFailure) {
        var timings: SourceTimings?
        if node!.followsSource() {
            let (signal, present) = try node!.adoptSource()
            guard let present else { return waitFor(signal) }
            timings = present
        }
        let format: StreamFormat
        do {
            format = try node!.start(for: wanted, timings: timings)
        } catch  where error.code == ENOTSUP && timings != nil {
            // Single fields: nothing is wrong with the input.
            return waitFor(.unsupported)
        }
        begin(format)
        shared.withLock { shared in
            shared.format = VideoFormat(
                width: format.width, height: format.height,
                frameRate: format.rate.map { $0 > wanted.frameRate * 1.4 ? wanted.frameRate : $0 } ?? wanted.frameRate)
            shared.signal = .present
            shared.statistics.starts += 1
        }
    }

    private func waitFor(_ signal: VideoSignal) {
        shared.withLock { $0.signal = signal }
        nextLook = system.now + Self.lookInterval
    }

    /// After a change of the source: from the beginning, on the open node.
    func restart() throws(VideoCallFailure) {
        stream = nil
        node!.stop()
        try start()
    }

    /// An HDMI input that misbehaves may have lost its signal; a camera is opened anew by whoever holds it.
    func restart(orFail remark: String) throws(VideoCallFailure) {
        guard node!.followsSource() else { throw VideoCallFailure(.dequeue, EIO, remark) }
        try restart()
    }

    /// When something is to be done though nothing is heard.
    var nextDuty: Instant {
        guard let stream else { return nextLook }
        return stream.lastProgress + (stream.hasDelivered ? Self.patienceLater : Self.patience)
    }

    func performDuties(at now: Instant) throws(VideoCallFailure) {
        guard now >= nextDuty else { return }
        if let stream {
            let silence = (now - stream.lastProgress).inMilliseconds
            try restart(orFail: "expected pictures, but none came for \(Int(silence)) ms")
        } else {
            try start()
        }
    }
}

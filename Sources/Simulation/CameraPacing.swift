import Base
import Media

/// When a simulated camera delivers which picture: in real time by absolute instants, losing pictures when it is late.
struct CameraPacing {
    /// A picture that is due now.
    struct Picture {
        /// Counts from the clock's origin at the camera's rate.
        var index: Int64
        /// Counts from the camera's first picture; a gap is a picture that nobody asked for in time.
        var sequence: UInt64
        var instant: Instant
    }

    let rate: FrameRate
    private var first: Int64?
    private var previous: Int64?

    init(rate: FrameRate) {
        self.rate = rate
    }

    /// Blocks until the next picture is due.
    /// - Returns: nil at the deadline.
    mutating func next(
        until deadline: Instant, _ pacer: any Pacer, device: DeviceDescription
    ) throws(DeviceError) -> Picture? {
        let now = pacer.now
        var index = previous.map { $0 + 1 } ?? rate.index(atOrAfter: now)
        index = max(index, first == nil ? index : rate.index(atOrBefore: now))
        let instant = rate.instant(of: index)
        let isInTime = instant <= deadline
        guard pacer.wait(until: min(instant, deadline)) else { throw .stopped(device) }
        guard isInTime else { return nil }
        let start = first ?? index
        first = start
        previous = index
        return Picture(index: index, sequence: UInt64(index - start), instant: instant)
    }
}

extension DeviceError {
    /// What a device says once `stop` was called.
    static func stopped(_ device: DeviceDescription) -> DeviceError {
        DeviceError(.lost, "the \(device.kind.rawValue) \(device.id) was stopped; open it anew")
    }
}

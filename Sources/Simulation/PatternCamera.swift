public import Base
public import Media

/// `pattern:WIDTHxHEIGHT@RATE`: a moving picture with a machine-readable time code, paced in real time.
///
/// See `TimeCode`. The picture at each whole second is white but for its time code.
public final class PatternCamera: Camera, @unchecked Sendable {
    public let device: DeviceDescription
    public let format: VideoFormat
    private let pacer: any Pacer
    // The capturing thread's own.
    private let painter: PatternPainter
    private var pacing: CameraPacing
    private var lastDelivered: Int64?

    /// - Parameters:
    ///   - width: a multiple of 80, at most 3840.
    ///   - height: even, from a fifth of the width to 2160.
    ///   - kind: `.camera` or `.content`.
    public init(
        width: Int, height: Int, rate: FrameRate, kind: DeviceKind = .camera, pacer: any Pacer = RealTimePacer()
    ) throws(DeviceError) {
        guard width > 0, width <= 3840, width % TimeCode.widthUnit == 0 else {
            throw DeviceError(
                .unknown, "expected a pattern's width to be a multiple of 80 up to 3840, but it is \(width)")
        }
        guard height % 2 == 0, height * 5 >= width, height <= 2160 else {
            throw DeviceError(
                .unknown,
                "expected the height of a pattern \(width) wide to be even and in \((width + 4) / 5)…2160, "
                    + "but it is \(height)")
        }
        format = VideoFormat(width: width, height: height, frameRate: rate.perSecond)
        device = DeviceDescription(
            id: "pattern:\(width)x\(height)@\(rate.text)", kind: kind,
            name: "Test pattern \(width)×\(height)", bus: "simulated")
        self.pacer = pacer
        painter = PatternPainter(width: width, height: height)
        pacing = CameraPacing(rate: rate)
    }

    public func capture(from pool: FramePool, until deadline: Instant) throws(DeviceError) -> VideoFrame? {
        guard let picture = try pacing.next(until: deadline, pacer, device: device),
            let frame = pool.take(width: format.width, height: format.height)
        else { return nil }
        frame.captureTime = picture.instant
        frame.sequence = picture.sequence
        // The first picture of each second, also when the one right at it was missed.
        let before = pacing.rate.instant(of: lastDelivered ?? picture.index - 1)
        let isFlash = before.nanoseconds / 1_000_000_000 != picture.instant.nanoseconds / 1_000_000_000
        lastDelivered = picture.index
        painter.draw(
            into: frame, index: picture.index, number: picture.sequence, at: picture.instant, isFlash: isFlash)
        return frame
    }

    public func stop() {
        pacer.interrupt()
    }
}

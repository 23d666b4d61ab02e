public import Base
public import Media

/// `file:CLIP.y4m`: a clip that plays in real time, over and over.
///
/// Its position is CLOCK_MONOTONIC modulo its length: whoever has the file knows what was captured when, and sound and
/// picture files of one length are in step.
public final class FileCamera: Camera, @unchecked Sendable {
    public let device: DeviceDescription
    public let format: VideoFormat
    private let pacer: any Pacer
    // The capturing thread's own.
    private let reader: Y4MReader
    private var pacing: CameraPacing

    /// - Parameter kind: `.camera` or `.content`.
    public init(
        path: String, kind: DeviceKind = .camera, pacer: any Pacer = RealTimePacer()
    ) throws(DeviceError) {
        reader = try Y4MReader(path: path)
        let header = reader.header
        format = VideoFormat(width: header.width, height: header.height, frameRate: header.rate.perSecond)
        device = DeviceDescription(id: "file:\(path)", kind: kind, name: fileName(path), bus: "simulated")
        self.pacer = pacer
        pacing = CameraPacing(rate: header.rate)
    }

    public func capture(from pool: FramePool, until deadline: Instant) throws(DeviceError) -> VideoFrame? {
        guard let picture = try pacing.next(until: deadline, pacer, device: device),
            let frame = pool.take(width: format.width, height: format.height)
        else { return nil }
        frame.captureTime = picture.instant
        frame.sequence = picture.sequence
        // A picture nobody asked for in time is skipped here too, so that the clip keeps its speed.
        try reader.read(Int(picture.index % Int64(reader.count)), into: frame)
        return frame
    }

    public func stop() {
        pacer.interrupt()
    }
}

/// The last part of a path, for people.
func fileName(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
}

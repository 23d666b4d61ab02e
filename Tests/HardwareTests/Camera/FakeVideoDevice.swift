import Base
import Glibc
import Media

@testable import Hardware

/// What a `FakeVideoDriver` drives.
struct FakeVideoDevice: Sendable {
    struct Format: Sendable {
        var fourCC: UInt32
        var sizes: [OfferedSizes]
        /// Of every size.
        var intervals: [OfferedIntervals]
        /// Only libv4l makes it.
        var isConverted = false
        /// No bandwidth for more picture elements a second: ENOSPC.
        var mostPixelRate = Double.infinity

        init(_ format: PixelFormat, _ sizes: [(Int, Int)], rates: [UInt32], mostPixelRate: Double = .infinity) {
            fourCC = format.fourCC
            self.sizes = sizes.map { OfferedSizes(width: $0.0, height: $0.1) ?? .impossible }
            intervals = rates.map { OfferedIntervals(FrameInterval(1, $0)) }
            self.mostPixelRate = mostPixelRate
        }
    }

    /// A link that follows the device from node to node.
    var id: String
    var capabilities: VideoCapabilities
    var formats: [Format]
    var controls: [NodeControl] = []
    var menus: [UInt32: [Int: String]] = [:]
    var values: [UInt32: Int] = [:]
    /// Controls that can be set only while another has a value.
    var masters: [UInt32: (id: UInt32, value: Int)] = [:]
    /// What an HDMI input receives, or the errno of the question.
    var source: Result<SourceTimings, FakeErrno> = .failure(FakeErrno(ENOLINK))
    var knowsSourceChanges = true
    /// The stamp of a picture that is ready at an instant; nil for a driver with another clock.
    var stamp: @Sendable (Instant) -> Instant? = { $0 }
    /// The driver's number of its nth picture of a stream.
    var sequence: @Sendable (Int) -> UInt32 = { UInt32($0) }
    /// The nth picture of a stream; by default grey, the luma counting up from 16. An empty one is damaged.
    var picture: @Sendable (Int, StreamFormat) -> [UInt8] = FakeVideoDevice.grey
    /// Pictures with V4L2_BUF_FLAG_ERROR.
    var isDamaged: @Sendable (Int) -> Bool = { _ in false }
    /// No pictures come after so many.
    var lastPicture = Int.max
    /// Where poll says that there is a picture but there is none.
    var isLying = false
    /// poll says that something is wrong, and not what.
    var failsInPoll = false
    /// The buffer in which every picture is said to be.
    var indexOfPicture: Int?
    var strideOfAnswer: Int?
    var answersWholePictures = true
    var buffersGranted = 4

    /// A control that is governed by none, or whose master lets it be set.
    func isActive(_ id: UInt32) -> Bool {
        guard let master = masters[id] else { return true }
        return (values[master.id] ?? controls.first { $0.id == master.id }?.defaultValue) == master.value
    }

    static func camera(id: String = "/dev/v4l/by-id/camera", _ formats: [Format]? = nil) -> FakeVideoDevice {
        FakeVideoDevice(
            id: id, capabilities: .camera("Fake camera"),
            formats: formats ?? [Format(.yuyv, [(64, 48)], rates: [30])])
    }

    static func hdmi(id: String = "/dev/v4l/by-id/hdmi", _ source: SourceTimings? = nil) -> FakeVideoDevice {
        var capabilities = VideoCapabilities.camera("Fake input", bus: "PCI:0000:01:00.0")
        capabilities.hasDVTimings = true
        var device = FakeVideoDevice(
            id: id, capabilities: capabilities, formats: [Format(.nv12, [], rates: [])])
        if let source { device.source = .success(source) }
        return device
    }

    private static func grey(_ number: Int, _ format: StreamFormat) -> [UInt8] {
        let luma = UInt8(16 + number % 200)
        let count = format.pixelFormat.pictureBytes(width: format.width, height: format.height, stride: format.stride)
        switch format.pixelFormat {
        case .yuyv: return (0..<count).map { $0 % 2 == 0 ? luma : 128 }
        default:
            return (0..<count).map { $0 < format.stride * format.height ? luma : 128 }
        }
    }
}

/// An errno as an error.
struct FakeErrno: Error, Hashable, Sendable {
    var code: Int32
    init(_ code: Int32) { self.code = code }
}

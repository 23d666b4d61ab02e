import CV4L2
import Media

/// What a video node says about itself (VIDIOC_QUERYCAP, VIDIOC_ENUMINPUT).
struct VideoCapabilities: Hashable, Sendable {
    var driver: String
    /// The device's name, at most 31 bytes.
    var card: String
    /// `usb-0000:00:14.0-1`, `PCI:0000:01:00.0`, `platform:vivid-000`.
    var busInfo: String
    /// V4L2_CAP_… of this node.
    var flags: UInt32
    /// The input that is switched on.
    var input: UInt32
    /// Whether that input follows the timings of an HDMI source.
    var hasDVTimings: Bool

    init(driver: String, card: String, busInfo: String, flags: UInt32, input: UInt32 = 0, hasDVTimings: Bool) {
        self.driver = driver
        self.card = card
        self.busInfo = busInfo
        self.flags = flags
        self.input = input
        self.hasDVTimings = hasDVTimings
    }

    /// Asks the node at a path. Does not disturb whoever streams from it.
    init(path: String) throws(DeviceError) {
        var failure: Int32 = 0
        guard let node = cv4l2_node_ask(path, &failure) else {
            throw systemError(failure, path, expected: "a video device")
        }
        defer { cv4l2_node_free(node) }
        self.init(node)
    }

    init(_ node: UnsafePointer<cv4l2_node>) {
        self.init(
            driver: String(cString: cv4l2_node_driver(node)), card: String(cString: cv4l2_node_card(node)),
            busInfo: String(cString: cv4l2_node_bus(node)), flags: node.pointee.capabilities,
            input: node.pointee.input, hasDVTimings: node.pointee.has_dv_timings != 0)
    }

    /// Whether the node delivers pictures from outside. UVC cameras have a second node for metadata, which does not,
    /// and neither do hardware codecs.
    var isCapture: Bool {
        flags & cv4l2_cap_video_capture != 0 && flags & cv4l2_cap_streaming != 0
            && flags & cv4l2_cap_memory_to_memory == 0
    }

    /// Whether it captures through V4L2's multi-planar calls only.
    var isMultiplanar: Bool { flags & cv4l2_cap_single_plane == 0 }

    /// `usb`, `pci`, `platform`, or nil where the driver says something else.
    var bus: String? {
        let prefix = busInfo.lowercased().prefix { $0 != "-" && $0 != ":" }
        return ["usb", "pci", "platform"].first { $0 == prefix }
    }
}

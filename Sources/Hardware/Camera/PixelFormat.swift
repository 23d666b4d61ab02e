/// The pixel formats that become I420 here. Anything else goes through libv4l first.
enum PixelFormat: String, Hashable, Sendable, CaseIterable {
    case yu12 = "YU12"
    case yv12 = "YV12"
    case nv12 = "NV12"
    case nv21 = "NV21"
    case yuyv = "YUYV"
    case uyvy = "UYVY"
    /// Bytes R, G, B.
    case rgb24 = "RGB3"
    /// Bytes B, G, R.
    case bgr24 = "BGR3"
    case mjpeg = "MJPG"
    case jpeg = "JPEG"

    init?(fourCC: UInt32) {
        guard let format = Self.allCases.first(where: { $0.fourCC == fourCC }) else { return nil }
        self = format
    }

    var fourCC: UInt32 {
        rawValue.utf8.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    var isCompressed: Bool { self == .mjpeg || self == .jpeg }

    /// What a picture element costs until it is in a frame, in about nanoseconds. Ratios count: decoding a JPEG costs
    /// some thirty times as much as unpacking.
    var cost: Double {
        switch self {
        case .yu12, .yv12: 0.10
        case .nv12, .nv21: 0.12
        case .yuyv, .uyvy: 0.18
        case .rgb24, .bgr24: 0.40
        case .mjpeg, .jpeg: 6
        }
    }

    /// The least bytes of a row.
    func rowBytes(width: Int) -> Int {
        switch self {
        case .yu12, .yv12, .nv12, .nv21: width
        case .yuyv, .uyvy: (width + 1) / 2 * 4
        case .rgb24, .bgr24: width * 3
        case .mjpeg, .jpeg: 0
        }
    }

    /// The least bytes of a whole picture.
    func pictureBytes(width: Int, height: Int, stride: Int) -> Int {
        let chromaHeight = (height + 1) / 2
        return switch self {
        case .yu12, .yv12: stride * height + (stride + 1) / 2 * (2 * chromaHeight - 1) + (width + 1) / 2
        case .nv12, .nv21: stride * (height + chromaHeight - 1) + (width + 1) / 2 * 2
        case .yuyv, .uyvy, .rgb24, .bgr24: stride * (height - 1) + rowBytes(width: width)
        // SOI and EOI.
        case .mjpeg, .jpeg: 4
        }
    }
}

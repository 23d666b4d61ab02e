import Glibc
import Media

@testable import Hardware

/// A folder with files in the place of device nodes, removed with the value.
final class FakeDevices {
    let root: String

    init() {
        var template = Array("/tmp/roomd-devices-XXXXXX".utf8CString)
        root = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
    }

    deinit {
        for name in names { unlink("\(root)/\(name)") }
        rmdir(root)
    }

    private var names: [String] = []

    /// An ordinary file of that name; its path.
    func file(_ name: String) -> String {
        let path = "\(root)/\(name)"
        close(open(path, O_CREAT | O_WRONLY, 0o600))
        names.append(name)
        return path
    }

    /// A path that leads nowhere: what is left of a device that was unplugged a moment ago.
    func missing(_ name: String) -> String { "\(root)/\(name)" }
}

extension VideoCapabilities {
    static let videoCapture: UInt32 = 0x0000_0001
    static let metadataCapture: UInt32 = 0x0080_0000
    static let memoryToMemory: UInt32 = 0x0000_8000
    static let streaming: UInt32 = 0x0400_0000

    static func camera(_ card: String, bus: String = "usb-0000:00:14.0-1") -> VideoCapabilities {
        VideoCapabilities(
            driver: "uvcvideo", card: card, busInfo: bus, flags: videoCapture | streaming, hasDVTimings: false)
    }
}

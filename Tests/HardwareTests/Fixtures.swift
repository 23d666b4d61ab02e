import Media

@testable import Hardware

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

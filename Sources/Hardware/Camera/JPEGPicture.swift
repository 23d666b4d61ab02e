/// Where a camera's JPEG picture begins and ends (ITU-T T.81 §B.1.1.3).
enum JPEGPicture {
    /// Bytes from SOI up to and with the last EOI; cameras pad behind it. nil for what was cut off at either end.
    static func length(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard bytes.count >= 4, bytes[0] == 0xFF, bytes[1] == 0xD8 else { return nil }
        var end = bytes.count
        while end >= 4 {
            if bytes[end - 1] == 0xD9, bytes[end - 2] == 0xFF { return end }
            end -= 1
        }
        return nil
    }
}

import Media

enum Payloads {
    /// An Opus packet: 20 ms, one frame of CELT (RFC 6716 §3.1), whose content nobody decodes here.
    static let opus: [UInt8] = [0xFC] + (0..<80).map { UInt8($0) }

    /// A VP8 key frame's header (RFC 6386 §9.1) and filling.
    static func keyFrame(bytes: Int) -> [UInt8] {
        [0x10, 0x02, 0x00, 0x9D, 0x01, 0x2A, 0x40, 0x01, 0xF0, 0x00]
            + (10..<bytes).map { UInt8(truncatingIfNeeded: $0) }
    }

    /// Runs a body on a real thread, as the audio and encode threads are, and returns after its end.
    static func onThreadOfTheirOwn(_ body: @escaping @Sendable () -> Void) async throws {
        let thread = try DeviceThread(name: "test") { body() }
        thread.join()
    }
}

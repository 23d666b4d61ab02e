import Testing

@testable import AudioPipeline

@Suite struct OpusPacketTests {
    /// Looks at the packet.
    private func inspect(_ packet: [UInt8]) -> OpusPacket? { packet.withUnsafeBufferPointer { OpusPacket($0) } }

    @Test(arguments: [480, 960, 1920, 2880])
    func knowsLengthAndRedundancyOfWhatLibopusMakes(frame: Int) throws {
        let voice = Sounds.voice(count: 96_000)
        var redundant = 0
        for fec in [true, false] {
            let encoder = TestEncoder(fec: fec)
            for start in stride(from: 0, to: voice.count - frame, by: frame) {
                let packet = try #require(inspect(encoder.encode(voice[start..<start + frame])))
                #expect(packet.sampleCount == frame)
                // Wideband speech of more than 20 ms is several frames in one packet.
                #expect(packet.frameSamples == frame || packet.frameSamples == 960)
                if packet.hasErrorCorrection {
                    #expect(fec)
                    redundant += 1
                }
            }
        }
        #expect(redundant > 96_000 / frame / 3)
    }

    @Test func transformCodingHasNoRedundancy() throws {
        let packet = try #require(inspect(TestEncoder(transformOnly: true).encode(Sounds.voice(count: 960)[...])))
        #expect(packet.isTransformOnly && !packet.hasErrorCorrection)
    }

    @Test func readsTheTableOfContents() throws {
        // RFC 6716 §3.1: configuration 1 (20 ms, narrowband), one frame, two, two of unequal length, six, and too many.
        #expect(inspect([0x08, 0x40])?.hasErrorCorrection == true)
        #expect(inspect([0x08, 0x80])?.hasErrorCorrection == false)
        #expect(inspect([0x0c, 0x10])?.hasErrorCorrection == true, "the side channel's flag")
        #expect(inspect([0x09, 0x40, 0])?.sampleCount == 1920)
        #expect(inspect([0x0a, 1, 0x40, 0])?.hasErrorCorrection == true)
        #expect(inspect([0x0b, 6, 0x40])?.sampleCount == 5760)
        #expect(inspect([0x0b, 0x82, 1, 0x40])?.hasErrorCorrection == true)
        #expect(inspect([0x0b, 0x41, 2, 0x40, 0, 0])?.hasErrorCorrection == true)
        #expect(inspect([0x0b, 7]) == nil)
        #expect(inspect([]) == nil)
        #expect(inspect([0x08])?.isComfortNoise == true)
        for byte in UInt8.min...UInt8.max {
            for length in 0..<6 { _ = inspect([byte] + [UInt8](repeating: 255, count: length)) }
        }
    }
}

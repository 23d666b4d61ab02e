import Base
import Glibc
import Media
import Simulation
import TestSupport
import Testing

@Suite struct WAVTests {
    private func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    private func wave(
        tag: UInt16 = 1, channels: UInt16 = 1, rate: UInt32 = 48_000, bits: UInt16 = 16, data: [UInt8],
        extensible: Bool = false, dataSize: UInt32? = nil
    ) -> [UInt8] {
        let align = channels * (bits / 8)
        var format = little(extensible ? 0xFFFE : tag) + little(channels) + little(rate)
        format += little(rate * UInt32(align)) + little(align) + little(bits)
        if extensible {
            format +=
                little(UInt16(22)) + little(bits) + little(UInt32(4)) + little(tag) + [UInt8](repeating: 0, count: 14)
        }
        var chunks = Array("WAVEfmt ".utf8) + little(UInt32(format.count)) + format
        // A chunk of odd size, which is padded.
        chunks += Array("LIST".utf8) + little(UInt32(3)) + [1, 2, 3, 0]
        chunks += Array("data".utf8) + little(dataSize ?? UInt32(data.count)) + data
        return Array("RIFF".utf8) + little(UInt32(chunks.count)) + chunks
    }

    private func read(_ file: WAVFile) -> [Float] {
        var samples = [Float](repeating: 0, count: file.frameCount)
        samples.withUnsafeMutableBufferPointer { file.read(from: 0, into: $0) }
        return samples
    }

    @Test func everyEncodingIsRead() throws {
        let eight = try WAVFile(wave(bits: 8, data: [0, 128, 192]))
        #expect(read(eight) == [-1, 0, 0.5])
        let sixteen = try WAVFile(wave(bits: 16, data: little(Int16.min) + little(Int16(0)) + little(Int16(16_384))))
        #expect(read(sixteen) == [-1, 0, 0.5])
        let twentyFour = try WAVFile(wave(bits: 24, data: [0, 0, 0x80, 0, 0, 0, 0, 0, 0x40], extensible: true))
        #expect(twentyFour.encoding == .signed24)
        #expect(read(twentyFour) == [-1, 0, 0.5])
        let thirtyTwo = try WAVFile(wave(bits: 32, data: little(Int32.min) + little(Int32(1) << 30)))
        #expect(read(thirtyTwo) == [-1, 0.5])
        let floats = [Float(0.25), -.infinity].flatMap { little($0.bitPattern) }
        #expect(read(try WAVFile(wave(tag: 3, bits: 32, data: floats))) == [0.25, 0])
        let doubles = little(Double(0.25).bitPattern)
        #expect(read(try WAVFile(wave(tag: 3, bits: 64, data: doubles, extensible: true))) == [0.25])
    }

    @Test func channelsAreMixedAndCutOffDataAreUsed() throws {
        let data = [Int16(16_384), 0, -16_384, -16_384, 5].flatMap { little($0) }
        // A recorder that wrote into a pipe does not know the size.
        let stereo = try WAVFile(wave(channels: 2, data: data, dataSize: .max))
        #expect(stereo.frameCount == 2)
        #expect(read(stereo) == [0.25, -0.5])
    }

    @Test func otherFilesAreErrorsThatSayWhy() {
        let good = wave(data: [0, 0])
        for (bytes, words) in [
            ([], "ends in the middle"), (Array("OggS".utf8) + good, "RIFF"),
            (Array(good.prefix(20)), "ends in the middle"),
            (Array(good.prefix(36)), "data"), (wave(data: []), "empty"),
            (wave(tag: 85, data: [0, 0]), "format tag 85"),
            (wave(bits: 12, data: [0, 0]), "12 bits"), (wave(channels: 0, data: [0, 0]), "channels"),
            (wave(rate: 10, data: [0, 0]), "found 10"),
        ] {
            let failure = #expect(throws: MediaFileProblem.self) { _ = try WAVFile(bytes) }
            #expect(failure?.description.contains(words) == true, "\(failure?.description ?? "") for \(words)")
        }
    }

    @Test(arguments: 0..<50) func hostileBytesNeverTrap(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        for _ in 0..<20 {
            var bytes = wave(channels: 2, data: random.bytes(40), extensible: seed % 2 == 0)
            for _ in 0..<1 + random.next() % 6 {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            bytes.removeLast(Int(random.next() % UInt64(bytes.count)))
            if let file = try? WAVFile(bytes) { _ = read(file) }
        }
    }

    @Test(arguments: [8000, 44_100, 48_000, 96_000]) func anyRateIsHeardAt48Kilohertz(rate: Int) throws {
        // A quarter of a second of 1 kHz, whole periods, so that the loop has no seam.
        let sound = (0..<rate / 4).map { Int16(16_000 * sin(2 * .pi * 1000 * Double($0) / Double(rate))) }
        let folder = try TemporaryFolder()
        let path = try folder.file("in.wav", wave(rate: UInt32(rate), data: sound.flatMap { little($0) }))
        let microphone = try FileMicrophone(path: path)
        #expect(microphone.channels == 1)
        var heard: [Float] = []
        var block = [Float](repeating: 0, count: 480)
        for number in 0..<60 {
            let now = Instant(nanoseconds: Int64(number) * 10_000_000)
            let instant = try block.withUnsafeMutableBufferPointer { try microphone.read(into: $0, at: now) }
            #expect(instant == now - .milliseconds(10))
            heard += block
        }
        // The tone at 1 kHz has all of the energy.
        var (sine, cosine, energy) = (0.0, 0.0, 0.0)
        let settled = heard.dropFirst(480)
        for (index, sample) in settled.enumerated() {
            let phase = 2 * .pi * 1000 * Double(index) / 48_000
            sine += Double(sample) * sin(phase)
            cosine += Double(sample) * cos(phase)
            energy += Double(sample) * Double(sample)
        }
        let tone = 2 * (sine * sine + cosine * cosine) / Double(settled.count)
        #expect(tone / energy > 0.999)
        let level = (energy / Double(settled.count)).squareRoot()
        #expect(abs(level - 16_000 / 32_768 / 2.0.squareRoot()) < 0.01)
    }

    @Test func afterAStallAFileIsHeardWhereTheClockStands() throws {
        // Each sample tells its own number.
        let samples = (0..<24_000).map { Int16($0) }
        let folder = try TemporaryFolder()
        let path = try folder.file("in.wav", wave(rate: 48_000, data: samples.flatMap { little($0) }))
        let microphone = try FileMicrophone(path: path)
        var block = [Float](repeating: 0, count: 480)
        func read(at milliseconds: Int64) throws -> (heard: Instant?, first: Int) {
            let now = Instant(nanoseconds: milliseconds * 1_000_000)
            let heard = try block.withUnsafeMutableBufferPointer { try microphone.read(into: $0, at: now) }
            return (heard, Int((block[0] * 32_768).rounded()))
        }
        #expect(try read(at: 10) == (Instant(nanoseconds: 0), 0))
        // A little late, and its successors in one go: nothing is missing, and each has its own time.
        #expect(try read(at: 60) == (Instant(nanoseconds: 10_000_000), 480))
        #expect(try read(at: 60) == (Instant(nanoseconds: 20_000_000), 960))
        // A stall of a quarter of a second.
        #expect(try read(at: 310) == (Instant(nanoseconds: 300_000_000), 14_400))
        #expect(try read(at: 320) == (Instant(nanoseconds: 310_000_000), 14_880))
    }

    @Test func aMissingOrDamagedFileNamesItsPath() throws {
        let missing = #expect(throws: DeviceError.self) { _ = try FileMicrophone(path: "/nowhere/x.wav") }
        #expect(missing?.message == "the file /nowhere/x.wav cannot be opened: No such file or directory")
        let folder = try TemporaryFolder()
        let path = try folder.file("in.wav", [1, 2, 3])
        let damaged = #expect(throws: DeviceError.self) { _ = try FileMicrophone(path: path) }
        #expect(damaged?.message.contains(path) == true)
    }
}

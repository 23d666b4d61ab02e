public import Media

/// Writes a 16-bit mono 48 kHz WAV file, whose header can be brought up to date at any time.
public struct WAVWriter: ~Copyable {
    private static let headerSize = 44

    private let file: OutputFile
    private var scratch: [Int16] = []
    /// Samples written so far.
    public private(set) var sampleCount: Int64 = 0

    public init(path: String) throws(DeviceError) {
        let file = try OutputFile(path: path)
        let header = Self.header(dataSize: 0)
        var failure: DeviceError?
        header.withUnsafeBytes { bytes in
            do throws(DeviceError) { try file.write(bytes) } catch { failure = error }
        }
        if let failure { throw failure }
        self.file = file
    }

    /// Appends samples; what is beyond −1…1 is clipped.
    public mutating func write(_ samples: UnsafeBufferPointer<Float>) throws(DeviceError) {
        scratch.removeAll(keepingCapacity: true)
        for sample in samples {
            let scaled = (sample * 32_767).rounded()
            scratch.append(scaled.isNaN ? 0 : Int16(min(max(scaled, -32_768), 32_767)).littleEndian)
        }
        var failure: DeviceError?
        scratch.withUnsafeBytes { bytes in
            do throws(DeviceError) { try file.write(bytes) } catch { failure = error }
        }
        if let failure { throw failure }
        sampleCount += Int64(samples.count)
    }

    /// Makes the header say what is in the file, so that it can be played while it is written and after a crash.
    public func updateHeader() throws(DeviceError) {
        try file.overwrite(Self.header(dataSize: sampleCount * 2), at: 0)
    }

    /// Sizes beyond 4 GiB (12 hours) do not fit in WAV and stay at the largest.
    static func header(dataSize: Int64) -> [UInt8] {
        let size = UInt32(clamping: min(dataSize, Int64(UInt32.max) - Int64(headerSize)))
        var bytes: [UInt8] = []
        func append<Number: FixedWidthInteger>(_ number: Number) {
            for index in 0..<Number.bitWidth / 8 { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * index))) }
        }
        bytes.append(contentsOf: "RIFF".utf8)
        append(size + UInt32(headerSize - 8))
        bytes.append(contentsOf: "WAVEfmt ".utf8)
        append(UInt32(16))
        append(UInt16(1))
        append(UInt16(1))
        append(UInt32(AudioFormat.sampleRate))
        append(UInt32(AudioFormat.sampleRate * 2))
        append(UInt16(2))
        append(UInt16(16))
        bytes.append(contentsOf: "data".utf8)
        append(size)
        return bytes
    }
}

import Base

/// Sound of a WAV file (RIFF/WAVE): 8-, 16-, 24- and 32-bit integers, 32- and 64-bit floats, any rate and channels.
public struct WAVFile: Sendable {
    /// How one sample is written, little-endian.
    public enum Encoding: Hashable, Sendable {
        case unsigned8, signed16, signed24, signed32, float32, float64

        var size: Int {
            switch self {
            case .unsigned8: 1
            case .signed16: 2
            case .signed24: 3
            case .signed32, .float32: 4
            case .float64: 8
            }
        }
    }

    public let sampleRate: Int
    public let channels: Int
    public let encoding: Encoding
    /// Moments at which there is one sample for each channel, at least one.
    public let frameCount: Int
    private let bytes: [UInt8]
    private let start: Int

    /// - Parameter bytes: the whole file.
    /// - Throws: what was expected and what came. No input traps.
    public init(_ bytes: [UInt8]) throws(MediaFileProblem) {
        guard let layout = try? Self.findLayout(bytes.span) else {
            throw MediaFileProblem("the file ends in the middle of its headers; copy it again")
        }
        guard layout.isWave else {
            throw MediaFileProblem("expected it to start with RIFF….WAVE; make one with ffmpeg x.wav")
        }
        guard let format = layout.format else {
            throw MediaFileProblem("expected a “fmt ” chunk with 16 bytes or more")
        }
        guard let data = layout.data else { throw MediaFileProblem("expected a “data” chunk, found none") }
        guard let encoding = format.encoding else {
            throw MediaFileProblem(
                "expected 8-, 16-, 24- or 32-bit integers or 32- or 64-bit floats, "
                    + "found format tag \(format.tag) with \(format.bits) bits; convert it with ffmpeg -c:a pcm_s16le")
        }
        guard (1000...384_000).contains(format.sampleRate) else {
            throw MediaFileProblem("expected a rate in 1000…384000 Hz, found \(format.sampleRate)")
        }
        guard (1...64).contains(format.channels), format.blockAlign == format.channels * encoding.size else {
            throw MediaFileProblem(
                "expected 1…64 channels of \(encoding.size) bytes each, "
                    + "found \(format.channels) in blocks of \(format.blockAlign) bytes")
        }
        frameCount = data.count / format.blockAlign
        guard frameCount > 0 else { throw MediaFileProblem("expected sound, found an empty “data” chunk") }
        sampleRate = format.sampleRate
        channels = format.channels
        self.encoding = encoding
        self.bytes = bytes
        start = data.lowerBound
    }

    /// Decodes moments and mixes their channels to one. Real-time safe.
    /// - Parameter output: as many as are wanted; `first + output.count` is at most `frameCount`.
    public func read(from first: Int, into output: UnsafeMutableBufferPointer<Float>) {
        precondition(first >= 0 && first + output.count <= frameCount, "these moments are in the file")
        bytes.withUnsafeBytes { bytes in
            var offset = start + first * channels * encoding.size
            for index in 0..<output.count {
                var sum: Float = 0
                for _ in 0..<channels {
                    sum += Self.sample(bytes, offset, encoding)
                    offset += encoding.size
                }
                output[index] = sum / Float(channels)
            }
        }
    }

    private static func sample(_ bytes: UnsafeRawBufferPointer, _ offset: Int, _ encoding: Encoding) -> Float {
        switch encoding {
        case .unsigned8:
            return (Float(bytes[offset]) - 128) / 128
        case .signed16:
            return Float(Int16(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int16.self))) / 32_768
        case .signed24:
            let low = Int32(bytes[offset]) | Int32(bytes[offset + 1]) << 8
            return Float(low | Int32(Int8(bitPattern: bytes[offset + 2])) << 16) / 8_388_608
        case .signed32:
            let value = Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
            return Float(value) / 2_147_483_648
        case .float32:
            let bits = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            return finite(Float(bitPattern: bits))
        case .float64:
            let bits = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            return finite(Float(Double(bitPattern: bits)))
        }
    }

    private static func finite(_ sample: Float) -> Float {
        sample.isFinite ? sample : 0
    }

    // MARK: - Chunks

    private struct Format {
        var tag: Int
        var channels: Int
        var sampleRate: Int
        var blockAlign: Int
        var bits: Int

        var encoding: Encoding? {
            switch (tag, bits) {
            case (1, 8): .unsigned8
            case (1, 16): .signed16
            case (1, 24): .signed24
            case (1, 32): .signed32
            case (3, 32): .float32
            case (3, 64): .float64
            default: nil
            }
        }
    }

    private struct Layout {
        var isWave = false
        var format: Format?
        var data: Range<Int>?
    }

    private static func findLayout(_ bytes: Span<UInt8>) throws(ByteReaderError) -> Layout {
        var reader = ByteReader(bytes)
        var layout = Layout()
        guard try reader.readUInt32() == 0x5249_4646 else { return layout }  // RIFF
        try reader.skip(4)
        guard try reader.readUInt32() == 0x5741_5645 else { return layout }  // WAVE
        layout.isWave = true
        while reader.remaining >= 8, layout.data == nil {
            let kind = try reader.readUInt32()
            let size = Int(try reader.readUInt32().byteSwapped)
            switch kind {
            case 0x666D_7420 where size >= 16:  // "fmt "
                layout.format = try readFormat(&reader, size: size)
            case 0x6461_7461:  // data
                // A recorder that was cut off, or that wrote into a pipe, left a size that is too large.
                let count = min(size, reader.remaining)
                layout.data = reader.offset..<reader.offset + count
            default:
                try reader.skip(size + size % 2)
            }
        }
        return layout
    }

    private static func readFormat(_ reader: inout ByteReader, size: Int) throws(ByteReaderError) -> Format {
        let end = reader.offset + size + size % 2
        var format = Format(
            tag: Int(try reader.readUInt16().byteSwapped), channels: Int(try reader.readUInt16().byteSwapped),
            sampleRate: Int(try reader.readUInt32().byteSwapped), blockAlign: 0, bits: 0)
        try reader.skip(4)
        format.blockAlign = Int(try reader.readUInt16().byteSwapped)
        format.bits = Int(try reader.readUInt16().byteSwapped)
        // WAVE_FORMAT_EXTENSIBLE: the first two bytes of the sub-format are the tag.
        if format.tag == 0xFFFE, size >= 40 {
            try reader.skip(8)
            format.tag = Int(try reader.readUInt16().byteSwapped)
        }
        try reader.skip(end - reader.offset)
        return format
    }
}

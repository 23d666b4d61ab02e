/// Between a card's interleaved samples and one channel of floats. Made once, then nothing is allocated.
struct SampleConverter {
    let format: SampleFormat
    let channels: Int
    /// The channels that are heard or played.
    private let chosen: [Int]
    private let share: Float

    init(_ settings: PCMSettings, choice: ChannelChoice, isCapture: Bool) {
        format = settings.format
        channels = settings.channels
        chosen = choice.channels(among: settings.channels, isCapture: isCapture)
        share = 1 / Float(max(chosen.count, 1))
    }

    var frameBytes: Int { channels * format.bytes }

    /// The mean of the chosen channels. Real-time safe.
    func read(_ frames: Int, from raw: UnsafeRawPointer, into sound: UnsafeMutablePointer<Float>) {
        switch format {
        case .float32: read(frames, raw, sound) { pointer in Self.tame(Float(bitPattern: Self.load(pointer))) }
        case .int32: read(frames, raw, sound) { Float(Int32(bitPattern: Self.load($0))) * 0x1p-31 }
        // The upper byte may hold anything.
        case .int24: read(frames, raw, sound) { Float(Int32(bitPattern: Self.load($0) << 8)) * 0x1p-31 }
        case .packed24: read(frames, raw, sound) { Float(Int32(bitPattern: Self.load3($0))) * 0x1p-31 }
        case .int16:
            read(frames, raw, sound) {
                Float(Int16(littleEndian: $0.loadUnaligned(as: Int16.self))) * 0x1p-15
            }
        }
    }

    /// The same sound to each of the chosen channels, silence to the others. Real-time safe.
    func write(_ sound: UnsafePointer<Float>, _ frames: Int, to raw: UnsafeMutableRawPointer) {
        raw.initializeMemory(as: UInt8.self, repeating: 0, count: frames * frameBytes)
        switch format {
        case .float32: write(frames, sound, raw) { Self.store(Self.clip($1).bitPattern, $0) }
        case .int32: write(frames, sound, raw) { Self.store(UInt32(bitPattern: Self.scale($1)), $0) }
        case .int24: write(frames, sound, raw) { Self.store(UInt32(bitPattern: Self.scale($1) >> 8), $0) }
        case .packed24:
            write(frames, sound, raw) { pointer, sample in
                let value = UInt32(bitPattern: Self.scale(sample) >> 8)
                pointer.storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
                pointer.storeBytes(of: UInt8(truncatingIfNeeded: value >> 8), toByteOffset: 1, as: UInt8.self)
                pointer.storeBytes(of: UInt8(truncatingIfNeeded: value >> 16), toByteOffset: 2, as: UInt8.self)
            }
        case .int16:
            write(frames, sound, raw) { pointer, sample in
                let value = Int16((Self.clip(sample) * 32_767).rounded())
                pointer.storeBytes(of: value.littleEndian, as: Int16.self)
            }
        }
    }

    // MARK: - Samples

    @inline(__always)
    private func read(
        _ frames: Int, _ raw: UnsafeRawPointer, _ sound: UnsafeMutablePointer<Float>,
        _ sample: (UnsafeRawPointer) -> Float
    ) {
        chosen.withUnsafeBufferPointer { chosen in
            let (step, bytes) = (frameBytes, format.bytes)
            var frame = 0
            while frame < frames {
                let start = raw + frame * step
                var sum: Float = 0
                var index = 0
                while index < chosen.count {
                    sum += sample(start + chosen[index] * bytes)
                    index &+= 1
                }
                sound[frame] = sum * share
                frame &+= 1
            }
        }
    }

    @inline(__always)
    private func write(
        _ frames: Int, _ sound: UnsafePointer<Float>, _ raw: UnsafeMutableRawPointer,
        _ sample: (UnsafeMutableRawPointer, Float) -> Void
    ) {
        chosen.withUnsafeBufferPointer { chosen in
            let (step, bytes) = (frameBytes, format.bytes)
            var frame = 0
            while frame < frames {
                let start = raw + frame * step
                var index = 0
                while index < chosen.count {
                    sample(start + chosen[index] * bytes, sound[frame])
                    index &+= 1
                }
                frame &+= 1
            }
        }
    }

    @inline(__always)
    private static func load(_ pointer: UnsafeRawPointer) -> UInt32 {
        UInt32(littleEndian: pointer.loadUnaligned(as: UInt32.self))
    }

    /// Three bytes at the upper end of four.
    @inline(__always)
    private static func load3(_ pointer: UnsafeRawPointer) -> UInt32 {
        UInt32(pointer.load(as: UInt8.self)) << 8 | UInt32(pointer.load(fromByteOffset: 1, as: UInt8.self)) << 16
            | UInt32(pointer.load(fromByteOffset: 2, as: UInt8.self)) << 24
    }

    @inline(__always)
    private static func store(_ value: UInt32, _ pointer: UnsafeMutableRawPointer) {
        pointer.storeBytes(of: value.littleEndian, as: UInt32.self)
    }

    /// Not-a-number is silence: it would spread through every filter behind.
    @inline(__always)
    private static func tame(_ sample: Float) -> Float { abs(sample) < 16 ? sample : 0 }

    @inline(__always)
    private static func clip(_ sample: Float) -> Float {
        abs(sample) <= 1 ? sample : sample > 1 ? 1 : sample < -1 ? -1 : 0
    }

    /// The largest float below 2³¹ keeps the product inside.
    @inline(__always)
    private static func scale(_ sample: Float) -> Int32 { Int32(clip(sample) * 2_147_483_520) }
}

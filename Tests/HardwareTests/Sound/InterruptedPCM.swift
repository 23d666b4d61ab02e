@testable import Hardware

/// A PCM of libasound that is interrupted when a test says so: the next call says that it was, and nothing else changes.
final class InterruptedPCM: PCM {
    var interruption: Int32?
    var writeInterruption: Int32?
    private let pcm: SystemPCM

    init(_ pcm: SystemPCM) { self.pcm = pcm }

    func begin() -> Int32 { pcm.begin() }
    func has(rate: Int) -> Bool { pcm.has(rate: rate) }
    func set(rate: Int) -> Int32 { pcm.set(rate: rate) }
    func has(_ format: SampleFormat) -> Bool { pcm.has(format) }
    func set(_ format: SampleFormat) -> Int32 { pcm.set(format) }
    func has(channels: Int) -> Bool { pcm.has(channels: channels) }
    func set(channels: Int) -> Int32 { pcm.set(channels: channels) }
    var bounds: PCMBounds { pcm.bounds }
    func commit(period: inout Int, buffer: inout Int) -> Int32 { pcm.commit(period: &period, buffer: &buffer) }
    func setRunning(wakeAt: Int) -> Int32 { pcm.setRunning(wakeAt: wakeAt) }
    func prepare() -> Int32 { pcm.prepare() }
    func start() -> Int32 { pcm.start() }
    func drop() -> Int32 { pcm.drop() }
    func resume() -> Int32 { pcm.resume() }

    func readStatus(into status: inout PCMStatus) -> Int32 {
        if let code = interruption.take() { return code }
        return pcm.readStatus(into: &status)
    }

    func read(into samples: UnsafeMutableRawPointer, frames: Int) -> Int { pcm.read(into: samples, frames: frames) }

    func write(_ samples: UnsafeRawPointer, frames: Int) -> Int {
        if let code = writeInterruption.take() { return Int(code) }
        return pcm.write(samples, frames: frames)
    }

    func wait(interrupt: Int32, milliseconds: Int32) -> PCMWake {
        pcm.wait(interrupt: interrupt, milliseconds: milliseconds)
    }
}

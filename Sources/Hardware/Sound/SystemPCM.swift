import Base
import CALSA
import Glibc
import Media

/// A PCM of libasound. Opening and letting go may block.
final class SystemPCM: PCM {
    private let pcm: UnsafeMutablePointer<calsa_pcm>

    /// - Parameter configuration: one of its own in libasound's language, instead of the machine's.
    init(name: String, isCapture: Bool, configuration: String? = nil) throws(DeviceError) {
        calsa_silence_errors()
        var failure: Int32 = 0
        guard let pcm = calsa_pcm_open(name, isCapture ? 1 : 0, configuration, &failure) else {
            let kind = isCapture ? "microphone" : "speaker"
            guard failure == -EBUSY else { throw systemError(failure, "alsa:\(name)", expected: "a \(kind)") }
            throw DeviceError(
                .busy, "alsa:\(name) was expected to be free, but another program has it; stop that program")
        }
        self.pcm = pcm
    }

    deinit { calsa_pcm_close(pcm) }

    // MARK: - Negotiation

    func begin() -> Int32 { calsa_pcm_begin(pcm) }
    func has(rate: Int) -> Bool { calsa_pcm_has_rate(pcm, UInt32(rate)) != 0 }
    func set(rate: Int) -> Int32 { calsa_pcm_set_rate(pcm, UInt32(rate)) }
    func has(_ format: SampleFormat) -> Bool { calsa_pcm_has_format(pcm, format.number) != 0 }
    func set(_ format: SampleFormat) -> Int32 { calsa_pcm_set_format(pcm, format.number) }
    func has(channels: Int) -> Bool { calsa_pcm_has_channels(pcm, UInt32(channels)) != 0 }
    func set(channels: Int) -> Int32 { calsa_pcm_set_channels(pcm, UInt32(channels)) }

    var bounds: PCMBounds {
        var (leastRate, mostRate, leastChannels, mostChannels) = (UInt32(0), UInt32(0), UInt32(0), UInt32(0))
        calsa_pcm_bounds(pcm, &leastRate, &mostRate, &leastChannels, &mostChannels)
        return PCMBounds(
            rates: Int(leastRate)...max(Int(leastRate), Int(mostRate)),
            channels: Int(leastChannels)...max(Int(leastChannels), Int(mostChannels)))
    }

    func commit(period: inout Int, buffer: inout Int) -> Int32 {
        var (periodFrames, bufferFrames) = (UInt(period), UInt(buffer))
        let result = calsa_pcm_commit(pcm, &periodFrames, &bufferFrames)
        (period, buffer) = (Int(periodFrames), Int(bufferFrames))
        return result
    }

    func setRunning(wakeAt: Int) -> Int32 { calsa_pcm_set_running(pcm, UInt(wakeAt)) }

    // MARK: - Running

    func prepare() -> Int32 { calsa_pcm_prepare(pcm) }
    func start() -> Int32 { calsa_pcm_start(pcm) }
    func drop() -> Int32 { calsa_pcm_drop(pcm) }
    func resume() -> Int32 { calsa_pcm_resume(pcm) }

    func readStatus(into status: inout PCMStatus) -> Int32 {
        var answer = calsa_pcm_status()
        let result = calsa_pcm_get_status(pcm, &answer)
        guard result >= 0 else { return result }
        status.state = Self.state(answer.state)
        status.available = Int(answer.available)
        status.delay = Int(answer.delay)
        status.timestamp = Instant(nanoseconds: answer.timestamp)
        return 0
    }

    private static func state(_ number: Int32) -> PCMStatus.State {
        switch UInt32(bitPattern: number) {
        case SND_PCM_STATE_PREPARED.rawValue: .prepared
        case SND_PCM_STATE_RUNNING.rawValue: .running
        case SND_PCM_STATE_XRUN.rawValue: .xrun
        case SND_PCM_STATE_SUSPENDED.rawValue: .suspended
        case SND_PCM_STATE_DISCONNECTED.rawValue: .disconnected
        default: .other
        }
    }

    func read(into samples: UnsafeMutableRawPointer, frames: Int) -> Int {
        Int(calsa_pcm_read(pcm, samples, UInt(frames)))
    }

    func write(_ samples: UnsafeRawPointer, frames: Int) -> Int {
        Int(calsa_pcm_write(pcm, samples, UInt(frames)))
    }

    func wait(interrupt: Int32, milliseconds: Int32) -> PCMWake {
        switch calsa_pcm_wait(pcm, interrupt, milliseconds) {
        case 0: .timeout
        case 1: .ready
        case 2: .interrupted
        case let failure: .failed(failure)
        }
    }
}

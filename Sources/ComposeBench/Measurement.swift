import Base
import Compositor
import Glibc
import JSON
import Media

/// What composing cost.
struct Measurement {
    var frames = 0
    /// Of the composing thread alone, and of the whole process as the system counts it, in seconds.
    var threadTime = 0.0
    var processTime = 0.0
    var fastest = Double.infinity
    var bytesWritten = 0.0
    var regionsWritten = 0.0
    var plans = 0.0

    /// Composes into two buffers in turn, as for a display.
    /// - Parameters:
    ///   - rate: frames a second; 0 is as fast as it goes.
    ///   - picture: gets what was composed last.
    init(
        _ load: BenchCase, frames count: Int, rate: Double, picture: ((Screenshot) throws -> Void)? = nil
    ) throws {
        let display = load.display
        let stride = display.width * 4
        let buffers = (0..<2).map { _ in
            let pixels = UnsafeMutableRawPointer.allocate(byteCount: stride * display.height, alignment: 4096)
            pixels.initializeMemory(as: UInt8.self, repeating: 0, count: stride * display.height)
            return DisplayBuffer(pixels: pixels, width: display.width, height: display.height, stride: stride)
        }
        defer { for buffer in buffers { buffer.pixels.deallocate() } }
        var sources: [PictureID: BenchPictures] = [:]
        for (index, participant) in load.meeting.participants.enumerated() {
            sources[participant.id] = BenchPictures(size: load.source, seed: UInt64(index))
        }
        let room = load.meeting.selfView.map { _ in BenchPictures(size: load.source, seed: 99) }
        let compositor = Compositor()
        var meeting = load.meeting
        func compose(_ number: Int) {
            let shown = load.isChanging ? number : 0
            // The clock in the header ticks, as it does in a meeting.
            let seconds = number / 30
            meeting.elapsed = "\(seconds / 60):\(seconds % 60 < 10 ? "0" : "")\(seconds % 60)"
            compositor.compose(
                scene: .meeting(meeting), frames: { sources[$0]?.picture(shown) }, selfView: room?.picture(shown),
                into: buffers[number % 2])
        }
        let warmUp = 30
        for number in 0..<warmUp { compose(number) }
        let before = compositor.statistics
        let began = MonotonicClock.now
        let processBefore = Self.processTime
        for number in 0..<count {
            if rate > 0 { MonotonicClock.sleep(until: began + .seconds(Double(number) / rate)) }
            let start = Self.threadTime
            compose(warmUp + number)
            let took = Self.threadTime - start
            threadTime += took
            fastest = min(fastest, took)
        }
        processTime = Self.processTime - processBefore
        frames = count
        let after = compositor.statistics
        bytesWritten = Double(after.pixelsWritten - before.pixelsWritten) * 4
        regionsWritten = Double(after.regionsWritten - before.regionsWritten)
        plans = Double(after.plans - before.plans)
        try picture?(compositor.screenshot(width: display.width))
    }

    /// For `tools/bench compose`: seconds, bytes.
    func json(_ load: BenchCase, rate: Double) -> JSONValue {
        let perFrame = threadTime / Double(frames)
        return .object([
            "case": .string(load.name), "display": .string("\(load.display.width)x\(load.display.height)"),
            "source": .string("\(load.source.width)x\(load.source.height)"),
            "sources": .number(Double(load.meeting.participants.count)), "frames": .number(Double(frames)),
            "rate": .number(rate), "cpuPerFrame": .number(perFrame), "cpuPerFrameFastest": .number(fastest),
            "processCPUPerFrame": .number(processTime / Double(frames)), "coreShareAt30": .number(perFrame * 30),
            "bytesPerFrame": .number(bytesWritten / Double(frames)),
            // 1: every picture element of the display written once.
            "writePasses": .number(
                bytesWritten / Double(frames) / Double(load.display.width * load.display.height * 4)),
            "regionsPerFrame": .number(regionsWritten / Double(frames)), "plans": .number(plans),
        ])
    }

    /// What others do on the machine does not count.
    private static var threadTime: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    private static var processTime: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) * 1e-6 }
    }
}

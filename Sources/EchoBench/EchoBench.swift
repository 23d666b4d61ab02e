import ArgumentParser
import AudioPipeline
import Glibc
import Media

/// Passes sound through the capture processor: what `tools/bench echo` measures.
@main
struct EchoBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Takes echo, noise and differences in loudness out of sound.",
        discussion: """
            Standard input: 48 kHz, 32-bit float, interleaved: what is played, what the microphone hears. Standard output: \
            the clean sound, one channel.
            """)

    @Option(help: "Milliseconds from a sample's being played to its echo's being heard, as the devices tell it.")
    var delay = 30

    @Option(help: "Sum of: 1 echo cancellation, 2 noise suppression, 4 gain control, 8 high pass.")
    var components: UInt32 = 15

    func run() throws {
        let processor = try CaptureProcessor(CaptureProcessing(rawValue: components))
        let size = AudioFormat.blockSize
        guard let input = fdopen(STDIN_FILENO, "rb"), let output = fdopen(STDOUT_FILENO, "wb") else {
            throw ValidationError("Standard input and output are closed.")
        }
        var both = [Float](repeating: 0, count: 2 * size)
        var played = [Float](repeating: 0, count: size)
        var heard = [Float](repeating: 0, count: size)
        while fread(&both, MemoryLayout<Float>.size, both.count, input) == both.count {
            for index in 0..<size { (played[index], heard[index]) = (both[2 * index], both[2 * index + 1]) }
            played.withUnsafeBufferPointer { processor.analyze($0) }
            heard.withUnsafeMutableBufferPointer { processor.process($0, delay: .milliseconds(delay)) }
            guard fwrite(heard, MemoryLayout<Float>.size, size, output) == size else {
                throw ValidationError("Standard output cannot be written.")
            }
        }
        guard fclose(output) == 0 else { throw ValidationError("Standard output cannot be written.") }
    }
}

import ArgumentParser
import Compositor
import Glibc
import JSON

/// Measures what composing costs, one JSON object a case on standard output. `tools/bench compose` runs it.
@main
struct ComposeBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures what composing pictures for the display costs.",
        discussion: "Cases: \(BenchCase.all.map(\.name).joined(separator: ", ")).")

    @Option(name: .customLong("case"), help: "Only this case.")
    var name: String?

    @Option(help: "Pictures to compose for each case.")
    var frames = 900

    @Option(help: "Pictures a second; 0 is as fast as it goes.")
    var rate = 0.0

    @Option(help: ArgumentHelp("Write the last picture as PNG.", valueName: "file"))
    var picture: String?

    private var cases: [BenchCase] { BenchCase.all.filter { name == nil || $0.name == name } }

    func validate() throws {
        guard !cases.isEmpty else { throw ValidationError("There is no case \(name ?? "").") }
        guard frames > 0 else { throw ValidationError("--frames wants 1 or more, not \(frames).") }
        guard rate >= 0 else { throw ValidationError("--rate wants 0 or more, not \(rate).") }
    }

    func run() throws {
        for load in cases {
            let measured = try Measurement(load, frames: frames, rate: rate) { screenshot in
                if let picture { try Self.write(screenshot.png(), to: picture) }
            }
            print(String(decoding: measured.json(load, rate: rate).serialized(), as: UTF8.self))
        }
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        guard let file = fopen(path, "wb") else { throw ValidationError("\(path) cannot be written.") }
        defer { fclose(file) }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else {
            throw ValidationError("\(path) cannot be written in full; is the disk full?")
        }
    }
}

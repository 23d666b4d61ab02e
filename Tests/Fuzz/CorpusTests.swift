#if !FUZZING
    import Base
    import Foundation
    import Testing

    /// What fuzzing has found stays found: every input of the corpus, and changed ones, through its boundary.
    @Suite(.serialized) struct CorpusTests {
        private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Corpus")

        /// By name, so that seeds mean the same everywhere.
        private static func inputs(of boundary: Boundary) throws -> [(name: String, bytes: [UInt8])] {
            let folder = folder.appending(path: boundary.rawValue)
            return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
                (name, Array(try Data(contentsOf: folder.appending(path: name))))
            }
        }

        @Test(arguments: Boundary.allCases) func everyInputIsTaken(_ boundary: Boundary) throws {
            let inputs = try Self.inputs(of: boundary)
            #expect(!inputs.isEmpty)
            for (name, bytes) in inputs {
                do {
                    try boundary.take(bytes)
                } catch {
                    Issue.record("\(boundary.rawValue)/\(name): \(error)")
                }
            }
        }

        @Test(arguments: Boundary.allCases) func changedInputsAreTaken(_ boundary: Boundary) throws {
            let inputs = try Self.inputs(of: boundary)
            let end = ContinuousClock.now + .milliseconds(500)
            for seed in UInt64(0)..<400 where ContinuousClock.now < end {
                var random = SeededRandom(seed: seed)
                var (name, bytes) = inputs[Int(random.next() % UInt64(inputs.count))]
                let other = inputs[Int(random.next() % UInt64(inputs.count))].bytes
                mutate(&bytes, with: other, &random)
                do {
                    try boundary.take(Array(bytes.prefix(boundary.longestInput)))
                } catch {
                    Issue.record("\(boundary.rawValue)/\(name), seed \(seed): \(error)")
                }
            }
        }

        private func mutate(_ bytes: inout [UInt8], with other: [UInt8], _ random: inout SeededRandom) {
            for _ in 0...random.next() % 5 {
                let place = Int(random.next() % UInt64(bytes.count + 1))
                let length = Int(random.next() % 24)
                switch random.next() % 6 {
                case 0 where place < bytes.count: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                case 1 where place < bytes.count: bytes[place] ^= 1 << UInt8(random.next() % 8)
                case 2: bytes.removeSubrange(place..<min(bytes.count, place + length))
                case 3: bytes.insert(contentsOf: random.bytes(length), at: place)
                case 4: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + length)], at: place)
                default: bytes.replaceSubrange(place..., with: other.dropFirst(place))
                }
            }
        }
    }
#endif

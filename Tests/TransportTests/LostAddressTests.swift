import Base
import Foundation
import ICE
import Testing
import Transport
import WebRTC

/// In the network namespace of `tools/test`, where addresses may come and go.
@Suite(
    .enabled(if: ProcessInfo.processInfo.environment["ROOMD_TEST_TURN"]?.hasPrefix("10.77.0.1:") == true),
    .serialized, .timeLimit(.minutes(1)))
struct LostAddressTests {
    private static let address = "10.77.9.9"

    private func ip(_ verb: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["ip", "address", verb, "\(Self.address)/32", "dev", "lo"]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    private func candidates(_ sink: Recorder) -> [String] {
        sink.record.events.compactMap { event in
            guard case .localCandidate(let line) = event, line.contains(" \(Self.address) ") else { return nil }
            return line
        }
    }

    @Test func aSocketGoesWithItsAddressAndComesBackWithIt() async throws {
        let thread = MediaThread()
        try thread.start()
        defer { thread.stop() }
        try ip("add")
        var isThere = true
        defer { if isThere { try? ip("del") } }
        let call = try await Call(on: thread)
        #expect(candidates(call.nearSink).count == 1)
        // As long as the address is there, so is the socket.
        try await thread.removeLostSockets(of: call.near)
        try await thread.addSockets(to: call.near, includeLoopback: true)
        #expect(candidates(call.nearSink).count == 1)
        try ip("del")
        isThere = false
        for end in [call.near, call.far] { try await thread.removeLostSockets(of: end) }
        // Another pair has taken over, or was in use all the time.
        for _ in 0..<200 {
            let pair = try await thread.with(call.near) { peer, _ in peer.selectedPair }
            if let pair, "\(pair.local.ip)" != Self.address { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        let pair = try await thread.with(call.near) { peer, _ in peer.selectedPair }
        #expect(pair.map { "\($0.local.ip)" } != Self.address && pair != nil)
        try ip("add")
        isThere = true
        try await thread.addSockets(to: call.near, includeLoopback: true)
        await call.nearSink.wait { record in
            record.events.filter {
                if case .localCandidate(let line) = $0 { line.contains(" \(Self.address) ") } else { false }
            }.count == 2
        }
    }
}

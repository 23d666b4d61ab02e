import Base
import ICE

extension Boundary {
    /// Lines of trickled candidates to an agent.
    static func takeCandidates(_ input: [UInt8]) throws(BrokenPromise) {
        var agent = ICEAgent(
            role: .controlled, credentials: ICECredentials(entropy: Array(1...24)), random: SeededRandom(seed: 1),
            at: .zero)
        agent.addLocalSocket(SocketAddress(ip: .v4(0x0A00_0001), port: 5000), at: .zero)
        agent.setRemoteCredentials(ICECredentials(entropy: Array(101...124)), at: .zero)
        for line in lines(of: input) {
            guard let candidate = try? ICECandidate(String(decoding: line, as: UTF8.self)) else { continue }
            do {
                let again = try ICECandidate(candidate.description)
                try promise(again == candidate, "written: \(candidate)\nread: \(again)")
            } catch let error as ICEError {
                throw BrokenPromise("\(candidate) as written is refused: \(error)")
            } catch let error as BrokenPromise {
                throw error
            } catch {
                throw BrokenPromise("\(error)")
            }
            agent.addRemoteCandidate(candidate, at: .zero)
        }
        var now = Instant.zero
        try pass(.milliseconds(200), for: &agent, now: &now) { agent, _ in
            var datagram: [UInt8] = []
            while agent.pollTransmit(into: &datagram) != nil {}
            while agent.pollEvent() != nil {}
        }
    }
}

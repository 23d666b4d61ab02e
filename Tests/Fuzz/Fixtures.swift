import Base
import DTLS
import WebRTC

/// What is made once for all inputs.
enum Fixtures {
    static let start = Instant(nanoseconds: 1_000_000_000)
    static let wallTime = UTCTime(seconds: 1_800_000_000)
    static let local = SocketAddress(ip: .v4(0x0A00_0001), port: 5000)
    static let remote = SocketAddress(ip: .v4(0x0A00_0002), port: 5000)
    static let stranger = SocketAddress(ip: .v4(0x0A00_0063), port: 5000)

    static let certificate: Certificate = {
        do {
            return try Certificate(at: wallTime)
        } catch {
            fatalError("no certificate: \(error)")
        }
    }()

    /// The same for every input, but for the certificate.
    static func peer(_ number: UInt64) -> PeerConnection {
        var entropy = SeededRandom(seed: number)
        return PeerConnection(
            PeerConnection.Configuration(
                certificate: certificate, seed: entropy.next(), iceEntropy: entropy.bytes(24), cname: "end-\(number)",
                wallTime: wallTime, wallTimeAt: .zero), at: start)
    }
}

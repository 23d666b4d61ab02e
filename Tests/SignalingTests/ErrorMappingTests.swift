import Glibc
import NIOCore
import NIOSSL
import Testing

@testable import Signaling

@Suite struct ErrorMappingTests {
    /// NIO's own text is “connect: Connection refused) (errno: 111)”.
    @Test func aSystemCallsErrorIsToldInTheSystemsWords() {
        let error = SignalingError(IOError(errnoCode: ECONNREFUSED, reason: "connect"), doing: "fetching")
        #expect(error == .unreachable("Connection refused while fetching"))
    }

    /// NIO's own text names neither the machine nor what to look at.
    @Test func aNameThatIsNotKnownIsTold() async {
        let error = await #expect(throws: SignalingError.self) {
            try await WebSocketClient.connect(to: "ws://no-such-host.invalid:8188/")
        }
        #expect(
            error?.cause
                == "no-such-host.invalid port 8188: the name no-such-host.invalid cannot be looked up; is it spelt right, "
                + "and does this machine reach its name server?")
    }

    /// A server that goes away over TLS says nothing of its certificate.
    @Test(arguments: [
        NIOSSLError.uncleanShutdown, .handshakeFailed(.sslError([.eofDuringHandshake])),
    ])
    func aConnectionThatIsCutIsNoFailureOfTLS(_ error: NIOSSLError) {
        let mapped = SignalingError(error, doing: "connecting to h port 1")
        guard case .unreachable(let text) = mapped else { Issue.record("\(mapped)"); return }
        #expect(text.contains("connecting to h port 1"))
        #expect(
            SignalingError(NIOSSLError.unableToValidateCertificate, doing: "x")
                == .tlsFailed(
                    "the server's certificate does not belong to that name"))
    }
}

import Glibc
import NIOCore
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
}

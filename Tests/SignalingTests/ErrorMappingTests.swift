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
}

import Testing

@testable import RoomDaemon

@Suite struct InheritedDescriptorsTests {
    private func inherited(_ variables: [String: String]) -> InheritedDescriptors {
        InheritedDescriptors(environment: { variables[$0] }, process: 42)
    }

    @Test func beginAtThree() {
        #expect(inherited(["LISTEN_PID": "42", "LISTEN_FDS": "2"]).descriptors == [3, 4])
        #expect(inherited(["LISTEN_PID": "42", "LISTEN_FDS": "1000000"]).descriptors.count == 64)
    }

    @Test func thoseOfAnotherProcessAreNotOurs() {
        #expect(inherited(["LISTEN_PID": "43", "LISTEN_FDS": "1"]).descriptors.isEmpty)
        #expect(inherited(["LISTEN_FDS": "1"]).descriptors.isEmpty)
        #expect(inherited(["LISTEN_PID": "42", "LISTEN_FDS": "many"]).descriptors.isEmpty)
        #expect(inherited(["LISTEN_PID": "42", "LISTEN_FDS": "-1"]).descriptors.isEmpty)
    }

    @Test func whatDoesNotListenIsNoControlSocket() {
        // Number 3 is whatever this process has there: no listening socket of a test runner's.
        #expect(inherited(["LISTEN_PID": "42", "LISTEN_FDS": "1"]).controlSocket == nil)
    }
}

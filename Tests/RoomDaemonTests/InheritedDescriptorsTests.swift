import Testing

@testable import RoomDaemon

@Suite struct InheritedDescriptorsTests {
    private func inherited(_ variables: [String: String]) -> InheritedDescriptors {
        InheritedDescriptors(environment: { variables[$0] }, process: 42)
    }

    @Test func areCalledByTheirNames() {
        let given = inherited(["LISTEN_PID": "42", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "control:display"])
        #expect(given.entries.map(\.descriptor) == [3, 4])
        #expect(given["control"] == 3 && given["display"] == 4 && given["camera"] == nil)
    }

    @Test func withoutNamesTheyAreUnknown() {
        let given = inherited(["LISTEN_PID": "42", "LISTEN_FDS": "2"])
        #expect(given.entries.map(\.name) == ["unknown", "unknown"])
    }

    @Test func thoseOfAnotherProcessAreNotOurs() {
        #expect(inherited(["LISTEN_PID": "43", "LISTEN_FDS": "1"]).entries.isEmpty)
        #expect(inherited(["LISTEN_FDS": "1"]).entries.isEmpty)
        #expect(inherited(["LISTEN_PID": "42", "LISTEN_FDS": "many"]).entries.isEmpty)
        #expect(inherited(["LISTEN_PID": "42", "LISTEN_FDS": "-1"]).entries.isEmpty)
    }

    @Test func aStoredDescriptorIsNoControlSocket() {
        // Number 3 is whatever this process has there: no listening socket of a test runner's.
        #expect(inherited(["LISTEN_PID": "42", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "display"]).controlSocket == nil)
    }
}

import Glibc
import Testing

@testable import Hardware

/// The system calls themselves, on a file that is no card.
@Suite struct MachineKMSCardTests {
    @Test func aFileThatIsNoCardIsClosedOnce() {
        errno = 0
        let card = try? MachineKMSCard(path: "/dev/null")
        // The second time its number may be another file's.
        let code = errno
        #expect(card == nil)
        #expect(code != EBADF)
    }
}

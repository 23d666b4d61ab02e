import Base
import CLinux
import Glibc
import Logging
import Media
import TestSupport
import Testing

@testable import RoomDaemon

@Suite struct JournalEntryTests {
    @Test func hasTheLineAndItsPartsAsFields() {
        let entry = JournalEntry(
            priority: 5, part: "meeting", line: "meeting: joined room=1234",
            metadata: ["room": "1234", "lastError": "none"])
        #expect(
            String(decoding: entry.bytes, as: UTF8.self)
                == """
                MESSAGE=meeting: joined room=1234
                PRIORITY=5
                SYSLOG_IDENTIFIER=roomd
                ROOMD_PART=meeting
                ROOMD_LAST_ERROR=none
                ROOMD_ROOM=1234

                """)
    }

    @Test func whatOthersWroteCannotBeginAField() {
        let entry = JournalEntry(priority: 6, part: "x", line: "y", metadata: ["title": "a\nPRIORITY=0"])
        let last = Array("ROOMD_TITLE\n".utf8) + [12, 0, 0, 0, 0, 0, 0, 0] + Array("a\nPRIORITY=0\n".utf8)
        #expect(Array(entry.bytes.suffix(last.count)) == last)
    }

    @Test func namesAreWhatTheJournalTakes() {
        #expect(JournalEntry.name("reason") == "REASON")
        #expect(JournalEntry.name("apiSecret") == "API_SECRET")
        #expect(JournalEntry.name("a=b\nc é") == "A_B_C__")
    }

    @Test func standardErrorIsTheJournalsOnlyWhereItIsTheSameFile() {
        var status = stat()
        #expect(fstat(STDERR_FILENO, &status) == 0)
        #expect(JournalEntry.isStandardError("\(status.st_dev):\(status.st_ino)"))
        #expect(!JournalEntry.isStandardError("\(status.st_dev):\(status.st_ino + 1)"))
        #expect(!JournalEntry.isStandardError(nil))
    }

    @Test func theWriterSendsOneDatagramAnEntry() throws {
        let folder = try TemporaryFolder()
        let path = folder.path(of: "journal")
        let journal = clinux_unix_bind_datagram(path)
        try #require(journal >= 0)
        defer { close(journal) }
        let writer = LogWriter(STDERR_FILENO, journal: path)
        #expect(writer.isJournal)
        for text in ["first\n", "second\n"] { writer.add(Array(text.utf8)) }
        writer.flush(until: MonotonicClock.now + .seconds(10))
        var bytes = [UInt8](repeating: 0, count: 64)
        for text in ["first\n", "second\n"] {
            let count = recv(journal, &bytes, bytes.count, 0)
            #expect(count == text.utf8.count && Array(bytes.prefix(text.utf8.count)) == Array(text.utf8))
        }
    }
}

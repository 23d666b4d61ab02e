import Testing

@testable import RoomDaemon

@Suite struct StandardErrorLogTests {
    @Test func whatOthersWroteCannotBeginALineOrSteerTheTerminal() {
        #expect(StandardErrorLog.line("reason=会议室 ok") == "reason=会议室 ok")
        let hostile = StandardErrorLog.line("title=a\nroomd: all is well\u{1B}[2J\0\u{9B}x")
        #expect(hostile == "title=a\\nroomd: all is well\\u{1B}[2J\\0\\u{009B}x")
    }
}

import Testing

@testable import ControlServer

@Suite struct LineFramerTests {
    private func feed(_ framer: inout LineFramer, _ text: String) -> [LineFramer.Line] {
        Array(text.utf8).withUnsafeBytes { framer.append($0) }
        var lines: [LineFramer.Line] = []
        while let line = framer.nextLine() {
            lines.append(line)
            if line == .tooLong { break }
        }
        return lines
    }

    private func text(_ string: String) -> LineFramer.Line { .text(Array(string.utf8)) }

    @Test func linesMaySplitAndMergeAnywhere() {
        var framer = LineFramer(limit: 10)
        #expect(feed(&framer, "ab") == [])
        #expect(feed(&framer, "c\nde\n\nf") == [text("abc"), text("de"), text("")])
        #expect(feed(&framer, "g\n") == [text("fg")])
        #expect(framer.count == 0)
        #expect(framer.remainder() == nil)
    }

    @Test func theLimitIsExactAndNeedsNoLineEnd() {
        var framer = LineFramer(limit: 4)
        #expect(feed(&framer, "abcd\n") == [text("abcd")])
        #expect(feed(&framer, "abcd") == [])
        #expect(feed(&framer, "e") == [.tooLong])
        framer = LineFramer(limit: 4)
        #expect(feed(&framer, "ok\nabcde\n") == [text("ok"), .tooLong])
    }

    @Test func whatCameLastMayLackItsLineEnd() {
        var framer = LineFramer(limit: 4)
        #expect(feed(&framer, "a\nbc") == [text("a")])
        #expect(framer.remainder() == text("bc"))
        #expect(framer.remainder() == nil)
    }
}

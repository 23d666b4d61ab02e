import Base
import Testing

@Suite struct URLQueryTests {
    private func parts(_ url: String) -> [String] {
        URLQuery(of: url).parameters.map { "\($0.name)→\($0.value)" }
    }

    @Test func aQueryIsItsParameters() {
        #expect(parts("s://h/p?Room=1&pin=%20#x?y=1") == ["room→1", "pin→%20"])
        #expect(parts("s://h?a=b=c&&d&=e") == ["a→b=c", "d→", "→e"])
        #expect(parts("s://h?a=1?b=2") == ["a→1?b=2"])
        #expect(parts("s://h/p#?a=1").isEmpty && parts("s://h/p?").isEmpty && parts("").isEmpty)
    }
}

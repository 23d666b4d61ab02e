import Base
import Testing

@Suite struct FileURLTests {
    @Test(arguments: [
        ("file:///etc/a.ics", "/etc/a.ics"), ("file://localhost/a%20b", "/a b"), ("FILE:/x", "/x"),
        ("file:///%C3%A4", "/ä"),
        ("file:///100%", "/100%"), ("file:///a%+5b", "/a%+5b"),
    ])
    func namesAPath(url: String, path: String) {
        #expect(FileURL.path(of: url) == path)
    }

    @Test(arguments: [
        "/etc/a", "file:a", "file://server/a", "https://x/a", "file:///a%00b", "file:///a%ff", "file:", "file://",
    ])
    func isNone(url: String) {
        #expect(FileURL.path(of: url) == nil)
    }
}

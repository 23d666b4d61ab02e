import Glibc

/// A file of the checkout that the test was built from.
enum RepositoryFile {
    struct Missing: Error {
        let path: String
    }

    static func lines(of path: String, from test: String = #filePath) throws -> [String] {
        let root = "/" + test.split(separator: "/").dropLast(3).joined(separator: "/")
        let descriptor = open("\(root)/\(path)", O_RDONLY)
        guard descriptor >= 0 else { throw Missing(path: "\(root)/\(path)") }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
}

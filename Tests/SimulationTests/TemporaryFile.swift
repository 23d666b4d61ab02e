import Glibc
import Testing

/// A path of its own for one test, removed afterwards.
struct TemporaryFile: ~Copyable {
    let path: String

    init(_ suffix: String, _ bytes: [UInt8]? = nil) throws {
        var template = Array("/tmp/roomd-test-XXXXXX\(suffix)".utf8CString)
        let descriptor = mkstemps(&template, Int32(suffix.utf8.count))
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try #require(descriptor >= 0)
        if let bytes { try #require(write(descriptor, bytes, bytes.count) == bytes.count) }
        close(descriptor)
    }

    deinit {
        unlink(path)
    }

    func contents() throws -> [UInt8] {
        let file = try #require(fopen(path, "rb"))
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        var bytes = [UInt8](repeating: 0, count: ftell(file))
        rewind(file)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes.prefix(count))
    }
}

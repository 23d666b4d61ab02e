import FoundationEssentials
import Glibc

/// A folder of one test's own, removed with everything in it when this is let go.
public final class TemporaryFolder: Sendable {
    /// Absolute, without a slash at its end; in `/tmp`, so short enough for the path of a socket.
    public let path: String

    public struct Failure: Error {
        public let path: String
        public let code: Int32
    }

    public init() throws {
        var template = Array("/tmp/roomd-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(path: "/tmp", code: errno) }
        path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Where something of that name is, or would be.
    public func path(of name: String) -> String {
        path + "/" + name
    }

    /// Writes a file, over one that is there already.
    /// - Returns: its path.
    @discardableResult
    public func file(_ name: String, _ bytes: some Sequence<UInt8> = EmptyCollection()) throws -> String {
        let path = path(of: name)
        guard let file = fopen(path, "w") else { throw Failure(path: path, code: errno) }
        let bytes = Array(bytes)
        let count = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, count == bytes.count else { throw Failure(path: path, code: errno) }
        return path
    }

    public func contents(of name: String) throws -> [UInt8] {
        let path = path(of: name)
        guard let file = fopen(path, "rb") else { throw Failure(path: path, code: errno) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }
}

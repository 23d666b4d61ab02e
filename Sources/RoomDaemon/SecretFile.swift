import Glibc

/// A file that holds one secret, without the newline that editors put behind it.
enum SecretFile {
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    static func read(_ path: String) throws(Problem) -> String {
        // Nobody writes into a pipe that lies there by mistake.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Problem(description: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var details = stat()
        guard fstat(descriptor, &details) == 0, details.st_mode & S_IFMT == S_IFREG else {
            throw Problem(description: "it is no ordinary file")
        }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count > 0 else { throw Problem(description: "the file is empty") }
        guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
            throw Problem(description: "expected UTF-8 text")
        }
        return String(text.prefix { !$0.isNewline })
    }
}

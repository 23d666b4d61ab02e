import Glibc

/// Where a picture goes: a file, or standard output.
enum PictureFile {
    /// - Parameter path: `-` is standard output.
    static func write(_ bytes: [UInt8], to path: String) throws(CommandFailure) {
        if path == "-" { return try write(bytes, descriptor: STDOUT_FILENO, called: "standard output") }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .local(refusal(errno, at: path)) }
        defer { close(descriptor) }
        try write(bytes, descriptor: descriptor, called: path)
    }

    private static func write(_ bytes: [UInt8], descriptor: Int32, called name: String) throws(CommandFailure) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .local(refusal(errno, at: name)) }
            written += count
        }
    }

    /// What is wrong and what to do about it.
    static func refusal(_ code: Int32, at path: String) -> String {
        let path = Text.clean(path)
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let why =
            switch code {
            case ENOENT, ENOTDIR: "there is no folder \(folder). Make it first, or name another file."
            case EISDIR:
                "it is a folder. Name a file in it, such as \(path.hasSuffix("/") ? path : path + "/")room.png."
            case EACCES, EPERM: "you may not write there. Name a file in a folder of yours."
            case EROFS: "nothing can be written to that disk. Name a file on another one."
            case ENOSPC, EDQUOT: "there is no space left. Make some, or name a file on another disk."
            default: "\(String(cString: strerror(code))). Name another file."
            }
        return "The picture cannot be written to \(path): \(why)"
    }

    /// Why a picture cannot go there at all, nil when it may.
    static func refusal(of path: String, outputIsTerminal: Bool) -> String? {
        if path.isEmpty { return "The picture needs a file to go to, such as room.png." }
        guard path == "-", outputIsTerminal else { return nil }
        return "A picture cannot be shown in a terminal: name a file, or send standard output elsewhere "
            + "(roomctl snapshot - > room.png)."
    }
}

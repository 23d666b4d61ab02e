import Glibc

/// Looks at the files that a configuration names, as they are at this moment and to the user who asks.
enum FileCheck {
    /// What is wrong with a file; nil when nothing is.
    static func problem(with file: FileReference) -> ConfigurationProblem? {
        let (what, kind) = role(file.purpose)
        let flaw = file.purpose == .speaker ? flawOfTarget(file.path) : flaw(file.path)
        guard let flaw else { return nil }
        return ConfigurationProblem(
            kind: kind, line: file.line, key: file.key,
            message: "Expected \(what), but \(place(file.path)) \(flaw). \(advice(file.purpose))")
    }

    /// What the file should be, and how bad it is when it is not.
    private static func role(_ purpose: FileReference.Purpose) -> (what: String, ConfigurationProblem.Kind) {
        switch purpose {
        case .camera, .microphone, .content: ("a file to play", .awaitedFile)
        case .speaker: ("a file that can be written", .awaitedFile)
        case .calendar: ("a calendar's file", .awaitedFile)
        case .apiSecret, .hostSecret, .apiKey, .turnCredential: ("a file with the secret", .file)
        case .authority: ("a file with the authority's certificate", .file)
        }
    }

    private static func advice(_ purpose: FileReference.Purpose) -> String {
        switch purpose {
        case .camera, .microphone, .content, .speaker: "The device is missing until roomd is restarted with it."
        case .calendar: "It is read as soon as it is there."
        case .apiSecret: "No meeting of this service can be joined until it is readable."
        case .hostSecret: "The room cannot act as host in this service's meetings until it is readable."
        case .apiKey: "No meeting can be started at this service until it is readable."
        case .turnCredential: "The server cannot be used until it is readable."
        case .authority: "The service cannot be trusted until it is readable."
        }
    }

    private static func place(_ path: String) -> String {
        guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
        defer { free(folder) }
        return "\(path) (from \(String(cString: folder)))"
    }

    /// Why a file cannot be read.
    private static func flaw(_ path: String) -> String? {
        // A named pipe must not hold us up.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { return reason("read") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return reason("read") }
        guard status.st_mode & S_IFMT == S_IFREG else { return "is not a regular file" }
        return status.st_size == 0 ? "is empty" : nil
    }

    /// Why a file cannot be written. Nothing is created or changed.
    private static func flawOfTarget(_ path: String) -> String? {
        var status = stat()
        if stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT != S_IFDIR else { return "is a folder" }
            return access(path, W_OK) == 0 ? nil : reason("written")
        }
        guard errno == ENOENT else { return reason("written") }
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        return access(folder, W_OK | X_OK) == 0 ? nil : reason("made")
    }

    private static func reason(_ verb: String) -> String {
        let code = errno
        // Root reads everything, and the daemon's user is not the one who asks: whose right it was is said.
        let user = code == EACCES ? " to user \(geteuid()), who is asking" : ""
        return "cannot be \(verb): \(String(cString: strerror(code)))\(user)"
    }
}

extension ConfigurationLoader.Loaded {
    /// Looks at every file of `files` as it is now: what is missing, unreadable, empty or no file, in the order of the
    /// lines. It may block where a file system does: at the start, only what must be known then should be wanted.
    public func fileProblems(of isWanted: (FileReference) -> Bool = { _ in true }) -> [ConfigurationProblem] {
        files.filter(isWanted).compactMap(FileCheck.problem)
    }
}

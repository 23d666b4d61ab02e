import Glibc

/// Looks at the files that a configuration names, as they are at this moment and to the user who asks.
struct FileCheck {
    /// Whether what this user may not do, the daemon may not do either.
    let speaksForDaemon: Bool
    /// What keeps a file's contents from being an authority's certificate.
    private let flawOfAuthority: (String) -> String?

    init(_ asker: ConfigurationLoader.Asker, flawOfAuthority: @escaping (String) -> String? = { _ in nil }) {
        self.flawOfAuthority = flawOfAuthority
        speaksForDaemon =
            switch asker {
            case .daemon: true
            case .administrator: Self.mayJudge(geteuid())
            }
    }

    /// Root may read everything, so what even root may not read is out of everybody's reach.
    private static func mayJudge(_ user: uid_t) -> Bool {
        user == 0 || getpwnam("roomd").map { $0.pointee.pw_uid == user } == true
    }

    /// What is wrong with a file; nil when nothing is.
    func problem(with file: FileReference) -> ConfigurationProblem? {
        let (what, kind) = Self.role(file.purpose)
        guard let flaw = flaw(of: file) else { return nil }
        let beginning = "Expected \(what), but \(Self.place(file.path))"
        guard flaw.code != EACCES || speaksForDaemon else {
            return ConfigurationProblem(
                kind: .unjudgedFile, line: file.line, key: file.key,
                message: "\(beginning) cannot be judged as user \(geteuid()), who may not look at it. "
                    + "Check as root, or as the user that roomd runs as.")
        }
        return ConfigurationProblem(
            kind: kind, line: file.line, key: file.key,
            message: "\(beginning) \(flaw.text) (checked as user \(geteuid())). \(Self.advice(file.purpose))")
    }

    private func flaw(of file: FileReference) -> Flaw? {
        switch file.purpose {
        case .speaker: Self.flawOfTarget(file.path)
        case .authority, .relayAuthority:
            Self.flaw(file.path) ?? flawOfAuthority(file.path).map { Flaw(text: $0) }
        case .camera, .microphone, .content, .calendar, .apiSecret, .hostSecret, .relayCredential: Self.flaw(file.path)
        }
    }

    /// What the file should be, and how bad it is when it is not.
    private static func role(_ purpose: FileReference.Purpose) -> (what: String, ConfigurationProblem.Kind) {
        switch purpose {
        case .camera, .microphone, .content: ("a file to play", .awaitedFile)
        case .speaker: ("a file that can be written", .awaitedFile)
        case .calendar: ("a calendar's file", .awaitedFile)
        case .apiSecret, .hostSecret: ("a file with the secret", .file)
        case .relayCredential: ("a file with the TURN server's credential", .file)
        case .authority, .relayAuthority: ("a file with the authority's certificate", .file)
        }
    }

    /// What follows from it, and when the daemon looks at the file again.
    private static func advice(_ purpose: FileReference.Purpose) -> String {
        switch purpose {
        case .camera, .microphone, .content, .speaker: "The device is missing until roomd is restarted with it."
        case .calendar: "It is read as soon as it is there."
        case .apiSecret:
            "No meeting of this service can be joined without it; it is looked at again at the next join."
        case .hostSecret:
            "The room cannot act as host in this service's meetings without it; it is looked at again at the next join."
        case .relayCredential: "The TURN server is not used without it; it is looked at again at the next join."
        case .relayAuthority: "The TURN server cannot be trusted without it; it is looked at again at the next join."
        case .authority: "The service cannot be trusted without it; it is looked at again at the next start."
        }
    }

    private static func place(_ path: String) -> String {
        guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
        defer { free(folder) }
        return "\(path) (from \(String(cString: folder)))"
    }

    /// What is wrong, in words, and the system's code where it is an error of its.
    private struct Flaw {
        var text: String
        var code: Int32?
    }

    /// Why a file cannot be read.
    private static func flaw(_ path: String) -> Flaw? {
        // A named pipe must not hold us up.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { return refusal("read") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return refusal("read") }
        guard status.st_mode & S_IFMT == S_IFREG else { return Flaw(text: "is not a regular file") }
        return status.st_size == 0 ? Flaw(text: "is empty") : nil
    }

    /// Why a file cannot be written. Nothing is created or changed.
    private static func flawOfTarget(_ path: String) -> Flaw? {
        var status = stat()
        if stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT != S_IFDIR else { return Flaw(text: "is a folder") }
            return isAllowed(W_OK, path) ? nil : refusal("written")
        }
        guard errno == ENOENT else { return refusal("written") }
        return isAllowed(W_OK | X_OK, folder(of: path)) ? nil : refusal("made")
    }

    // MARK: - Folders

    /// What keeps the daemon from having a folder, which it makes itself inside one that is there; nil when nothing does.
    func problem(
        withFolder folder: String, for key: String, of loaded: ConfigurationLoader.Loaded, what: String, advice: String
    ) -> ConfigurationProblem? {
        guard let flaw = Self.flawOfFolder(folder) else { return nil }
        let beginning = "Expected \(what), but \(folder)"
        guard flaw.code != EACCES || speaksForDaemon else {
            return loaded.problem(
                .unjudgedFile, at: key,
                "\(beginning) cannot be judged as user \(geteuid()), who may not write there. "
                    + "Check as root, or as the user that roomd runs as.")
        }
        return loaded.problem(
            .folder, at: key, "\(beginning) \(flaw.text) (checked as user \(geteuid())). \(advice)")
    }

    private static func flawOfFolder(_ path: String) -> Flaw? {
        var status = stat()
        if stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFDIR else { return Flaw(text: "is no folder") }
            return isAllowed(W_OK | X_OK, path) ? nil : refusal("written to")
        }
        guard errno == ENOENT else { return refusal("looked at") }
        return isAllowed(W_OK | X_OK, folder(of: path)) ? nil : refusal("made")
    }

    static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    }

    /// To the effective user, as `open` is.
    private static func isAllowed(_ mode: Int32, _ path: String) -> Bool {
        faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0
    }

    private static func refusal(_ verb: String) -> Flaw {
        let code = errno
        return Flaw(text: "cannot be \(verb): \(String(cString: strerror(code)))", code: code)
    }
}

extension ConfigurationLoader {
    /// Who looks at the files of a configuration.
    public enum Asker: Hashable, Sendable {
        case daemon
        /// Somebody who checks a configuration: root, the user `roomd`, or another, who may not see what the daemon sees.
        case administrator
    }
}

extension ConfigurationLoader.Loaded {
    /// Looks at every file of `files` as it is now: what is missing, unreadable, empty or no file, in the order of the
    /// lines. It may block where a file system does: at the start, only what must be known then should be wanted.
    /// - Parameters:
    ///   - asker: an administrator's own lack of rights is only a warning.
    ///   - flawOfAuthority: what keeps a file that can be read from being an authority's certificate, as the end of
    ///     "PATH …"; nil: nothing.
    public func fileProblems(
        for asker: ConfigurationLoader.Asker = .daemon, of isWanted: (FileReference) -> Bool = { _ in true },
        flawOfAuthority: @escaping (String) -> String? = { _ in nil }
    ) -> [ConfigurationProblem] {
        let check = FileCheck(asker, flawOfAuthority: flawOfAuthority)
        return files.filter(isWanted).compactMap(check.problem)
    }

    /// Looks at the folders that the daemon needs, as they are now: those of its sockets, and that of what must
    /// outlive a restart.
    public func folderProblems(for asker: ConfigurationLoader.Asker = .daemon) -> [ConfigurationProblem] {
        let check = FileCheck(asker)
        return [
            check.problem(
                withFolder: FileCheck.folder(of: configuration.control.socket), for: "control.socket", of: self,
                what: "a folder for the socket",
                advice: "Make the folder, or name another: unless systemd hands it the socket, roomd does not start."),
            check.problem(
                withFolder: configuration.storage.state, for: "storage.state", of: self,
                what: "a folder for what must outlive a restart",
                advice: "Make the folder, or name another: without it roomd forgets at a restart what it had left, and "
                    + "which meeting it was in."),
            configuration.metrics.socket.flatMap { socket in
                check.problem(
                    withFolder: FileCheck.folder(of: socket), for: "metrics.socket", of: self,
                    what: "a folder for the metrics' socket",
                    advice: "Make the folder, or name another: without it there are no metrics.")
            },
        ].compactMap(\.self)
    }
}

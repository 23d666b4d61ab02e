import CLinux

/// Where the control socket comes from.
public enum ControlSocket: Hashable, Sendable {
    /// Bound here, with mode 0666; removed again at the end.
    case path(String)
    /// Given by systemd; it stays systemd's.
    case inherited(descriptor: Int32)
}

/// A listening socket and what has to be cleared away after it.
struct ListeningSocket {
    let descriptor: Int32
    private let file: File?

    private struct File {
        let path: String
        let device: UInt64
        let inode: UInt64
    }

    init(_ source: ControlSocket) throws(ControlServerError) {
        switch source {
        case .inherited(let descriptor):
            guard clinux_unix_is_listening(descriptor) == 1 else {
                throw .inheritedIsNotListening(descriptor: descriptor)
            }
            self.descriptor = descriptor
            file = nil
        case .path(let path):
            var opened = Self.listen(path)
            if opened == -EADDRINUSE {
                try Self.removeStale(path)
                opened = Self.listen(path)
            }
            guard opened >= 0 else {
                if opened == -EADDRINUSE { throw .inUse(path: path) }
                throw .cannotListen(path: path, errno: -opened)
            }
            descriptor = opened
            var device: UInt64 = 0
            var inode: UInt64 = 0
            let found = clinux_socket_file(path, &device, &inode) == 0
            file = found ? File(path: path, device: device, inode: inode) : nil
        }
    }

    /// Removes the socket file unless another one has taken its place. The descriptor is not closed here.
    func removeFile() {
        guard let file else { return }
        var device: UInt64 = 0
        var inode: UInt64 = 0
        guard clinux_socket_file(file.path, &device, &inode) == 0, device == file.device, inode == file.inode else {
            return
        }
        unlink(file.path)
    }

    private static func listen(_ path: String) -> Int32 {
        clinux_unix_listen(path, 0o666, 128)
    }

    /// A socket file that nobody listens at is left over from a process that was killed.
    private static func removeStale(_ path: String) throws(ControlServerError) {
        var device: UInt64 = 0
        var inode: UInt64 = 0
        guard clinux_socket_file(path, &device, &inode) != -ENOTSOCK else { throw .notASocket(path: path) }
        let probe = clinux_unix_connect(path)
        if probe >= 0 {
            close(probe)
            throw .inUse(path: path)
        }
        guard probe == -ECONNREFUSED else { throw .cannotListen(path: path, errno: -probe) }
        unlink(path)
    }
}

import CLinux
import ControlAPI
import Glibc
import JSON

/// A blocking connection to the daemon: one request at a time, and the lines of subscriptions.
struct ControlConnection: ~Copyable {
    private let descriptor: Int32
    private var pending: [UInt8] = []
    private var lastID = 0

    /// - Throws: `.noDaemon` when nobody listens at the path.
    init(path: String) throws(CommandFailure) {
        descriptor = clinux_unix_connect(path)
        guard descriptor >= 0 else {
            throw .noDaemon("\(path): \(String(cString: strerror(-descriptor))).")
        }
    }

    /// Takes over a descriptor that is connected already.
    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Sends a request and waits for its answer, however long the daemon takes to have it done.
    mutating func call(_ method: String, _ parameters: JSONValue?) throws(CommandFailure) -> JSONValue {
        lastID += 1
        let id = RequestID(lastID)
        // A daemon that refuses this client hangs up at once, with its reason waiting to be read: so a failure to send
        // is told only when there is nothing to read either.
        let isSent = send(RPCRequest(id: id, method: method, parameters: parameters).json.serialized() + [0x0A])
        while true {
            let line = try receive()
            guard let response = RPCResponse(json: line), response.id == id || response.id == .null else { continue }
            switch response.result {
            case .success(let value): return value
            case .failure(let error):
                throw isSent || response.id == .null ? .refused(error) : .noDaemon("The connection was lost.")
            }
        }
    }

    /// The next line: an answer or a notification.
    mutating func receive() throws(CommandFailure) -> JSONValue {
        while true {
            if let end = pending.firstIndex(of: 0x0A) {
                let line = pending[..<end]
                defer { pending.removeFirst(end + 1) }
                do {
                    return try JSONValue(parsing: line)
                } catch {
                    throw .noDaemon("What answers at the socket is no roomd: \(error.description)")
                }
            }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .noDaemon("The daemon closed the connection.") }
            pending += chunk[..<count]
        }
    }

    private func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }
}

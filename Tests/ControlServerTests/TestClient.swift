import Glibc
import JSON

/// A blocking client of the test's own, with a deadline on every read, so that a silent server fails the test.
final class TestClient {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let descriptor: Int32
    private var pending: [UInt8] = []

    init(_ path: String, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try prepare(result)
    }

    /// Over TCP, on 127.0.0.1.
    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try prepare(result)
    }

    private func prepare(_ result: Int32) throws {
        guard result == 0 else { throw Failure(description: "connect: \(String(cString: strerror(errno)))") }
        var timeout = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        close(descriptor)
    }

    /// - Returns: how many bytes were taken; fewer when the server has hung up.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Int {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { break }
            sent += count
        }
        return sent
    }

    func send(_ text: String) {
        send(Array(text.utf8))
    }

    func request(_ id: Int, _ method: String, _ parameters: JSONValue = [:]) {
        let request: JSONValue = [
            "jsonrpc": "2.0", "id": .integer(Int64(id)), "method": .string(method), "params": parameters,
        ]
        send(request.serialized() + [0x0A])
    }

    /// Sends a request and reads lines up to its answer; what else comes in between is thrown away.
    func call(_ method: String, _ parameters: JSONValue = [:]) throws -> JSONValue {
        request(424_242, method, parameters)
        while true {
            let line = try receive()
            if line["id"] == 424_242 { return line }
        }
    }

    func endInput() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    func receive() throws -> JSONValue {
        try JSONValue(parsing: try receiveLine())
    }

    func receiveLine() throws -> [UInt8] {
        while true {
            if let end = pending.firstIndex(of: 0x0A) {
                let line = Array(pending[..<end])
                pending.removeFirst(end + 1)
                return line
            }
            let count = fill()
            guard count > 0 else {
                throw Failure(description: count == 0 ? "closed" : "read: \(String(cString: strerror(errno)))")
            }
        }
    }

    /// All that comes until the server hangs up.
    func receiveAll() throws -> String {
        var count = fill()
        while count > 0 { count = fill() }
        guard count == 0 || errno == ECONNRESET else {
            throw Failure(description: "read: \(String(cString: strerror(errno)))")
        }
        return String(decoding: pending, as: UTF8.self)
    }

    /// Reads and drops everything until the server hangs up.
    /// - Returns: false when it does not within the time.
    func isHungUp() -> Bool {
        while true {
            let count = fill()
            pending.removeAll()
            if count == 0 { return true }
            if count < 0 { return errno == ECONNRESET }
        }
    }

    private func fill() -> Int {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        if count > 0 { pending += chunk[..<count] }
        return count
    }
}

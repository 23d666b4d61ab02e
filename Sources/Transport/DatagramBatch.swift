import Base
import CLinux
import Glibc

/// Room for the datagrams of one `recvmmsg` or `sendmmsg`, used again and again: nothing is allocated after `init`.
struct DatagramBatch: ~Copyable {
    /// Datagrams a system call; at 30 Mbit/s that is 10 ms of packets.
    static let capacity = 32
    /// Bytes of the longest datagram: more than any path carries without fragments.
    static let slot = 2048

    private var batch = clinux_batch()
    /// Datagrams waiting to be sent.
    private(set) var count = 0

    init() throws(TransportError) {
        let status = clinux_batch_create(&batch, Int32(Self.capacity), Int32(Self.slot))
        guard status == 0 else {
            clinux_batch_destroy(&batch)
            throw .system(purpose: "reserving datagram buffers", code: -status)
        }
    }

    deinit {
        var batch = batch
        clinux_batch_destroy(&batch)
    }

    var isFull: Bool { count == Self.capacity }

    // MARK: - Receiving

    /// Reads what the socket has, without blocking.
    /// - Returns: how many datagrams came, 0 when there is nothing, or −errno.
    mutating func receive(on socket: Int32) -> Int {
        let received = clinux_batch_receive(&batch, socket)
        return received == -EAGAIN ? 0 : Int(received)
    }

    /// Copies a received datagram over the content of `bytes`.
    /// - Returns: its sender, or nil when it was too long for a slot.
    mutating func datagram(at index: Int, into bytes: inout [UInt8]) -> SocketAddress? {
        var start: UnsafePointer<UInt8>?
        var sender = clinux_address()
        let length = clinux_batch_datagram(&batch, Int32(index), &start, &sender)
        guard length >= 0 else { return nil }
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: UnsafeBufferPointer(start: start, count: Int(length)))
        return SocketAddress(sender)
    }

    // MARK: - Sending

    /// Adds a datagram. Only when not full.
    /// - Returns: false when it is too long for a slot.
    mutating func append(_ bytes: borrowing [UInt8], to remote: SocketAddress) -> Bool {
        precondition(!isFull, "send the batch before adding to it")
        guard bytes.count <= Self.slot else { return false }
        var address = remote.system
        bytes.withUnsafeBufferPointer { source in
            // An empty array may have no address, and memcpy wants one.
            guard let start = source.baseAddress else { return }
            clinux_batch_put(&batch, Int32(count), start, Int32(source.count), &address)
            count += 1
        }
        return true
    }

    struct SendResult: Hashable {
        var sent = 0
        /// Refused one by one: no route, not permitted.
        var failed = 0
        /// Not taken because the socket's buffer is full.
        var dropped = 0
    }

    /// Sends all, without blocking, and is empty afterwards.
    /// - Parameter patience: milliseconds to wait for room in the socket's buffer before dropping the rest.
    mutating func send(on socket: Int32, patience: Int32 = 0) -> SendResult {
        var result = SendResult()
        var next = 0
        while next < count {
            let sent = clinux_batch_send(&batch, socket, Int32(next), Int32(count - next))
            if sent > 0 {
                next += Int(sent)
                result.sent += Int(sent)
            } else if sent == -EAGAIN || sent == -ENOBUFS {
                if patience > 0, clinux_wait_writable(socket, patience) != 0 { continue }
                result.dropped += count - next
                break
            } else {
                next += 1
                result.failed += 1
            }
        }
        count = 0
        return result
    }
}

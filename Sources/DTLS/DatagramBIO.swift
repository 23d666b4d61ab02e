import Base
import COpenSSL

/// The custom BIO under one SSL: hands in the datagram being handled, and takes every write as one datagram.
///
/// It also takes OpenSSL's retransmission timer away from the wall clock. OpenSSL tells its BIO where the timer is due,
/// by a pointer; writing to it during that call holds the timer back for ever. When OpenSSL then says that the time left
/// is endless, the pointer leads to the timer itself (so it is in 3.0), and expiring it is ours. Otherwise (3.2 hands
/// over a copy) OpenSSL's own wall-clock timer stays in force.
final class DatagramBIO {
    /// A flight of ours is four to six datagrams; a retransmission may follow before the first has been polled.
    static let capacity = 32
    /// Bytes of DTLS in one datagram: fits every path that carries WebRTC (RFC 8831 §5 assumes 1200).
    static let mtu = 1200

    enum TimerEvent: Hashable {
        case started
        case stopped
    }

    private(set) var bio: OpaquePointer
    private(set) var outgoing = DatagramQueue<Void>(capacity: capacity)
    /// What OpenSSL did with its timer since this was last cleared, the latest.
    var timerEvent: TimerEvent?
    private var incoming: UnsafeBufferPointer<UInt8>?
    private var scratch: [UInt8] = []
    private var nextTimeout: UnsafeMutableRawPointer?

    private let holdsTimer: Bool

    /// - Parameter holdsTimer: false leaves the timer to OpenSSL and the wall clock, as later releases may.
    init(holdsTimer: Bool) throws(DTLSError) {
        self.holdsTimer = holdsTimer
        guard let bio = BIO_new(Self.method) else { throw .library(OpenSSLErrors.takeReason()) }
        self.bio = bio
        BIO_set_init(bio, 1)
        BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Lets OpenSSL read the datagram while the body runs.
    func withIncoming<T>(_ datagram: Span<UInt8>, _ body: () -> T) -> T {
        datagram.withUnsafeBufferPointer { bytes in
            incoming = bytes
            defer { incoming = nil }
            return body()
        }
    }

    func takeOutgoing(into datagram: inout [UInt8]) -> Bool {
        outgoing.pop(swapping: &datagram) != nil
    }

    func discardOutgoing() {
        while outgoing.pop(swapping: &scratch) != nil {}
    }

    /// Makes OpenSSL's timer due now. Only when its time left was seen to follow `copenssl_timer_hold`.
    func expireTimer() {
        if let nextTimeout { copenssl_timer_expire(nextTimeout) }
    }

    private func read(into buffer: UnsafeMutablePointer<CChar>, _ capacity: Int) -> Int? {
        guard let datagram = incoming, let source = datagram.baseAddress else { return nil }
        incoming = nil
        // A datagram too large for OpenSSL's buffer is cut off, as a socket would.
        let count = min(datagram.count, capacity)
        UnsafeMutableRawPointer(buffer).copyMemory(from: source, byteCount: count)
        return count
    }

    private func write(_ bytes: UnsafePointer<CChar>, _ count: Int) {
        scratch.removeAll(keepingCapacity: true)
        scratch.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
        // When full, the datagram is lost as it might be on the network; the timer repeats it.
        outgoing.push(swapping: &scratch, tag: ())
    }

    private func control(_ command: Int32, _ argument: UnsafeMutableRawPointer?) -> Int {
        switch command {
        case copenssl_ctrl_flush:
            return 1
        case copenssl_ctrl_get_mtu, copenssl_ctrl_query_mtu:
            return Self.mtu
        case copenssl_ctrl_next_timeout:
            guard let argument else { return 0 }
            if copenssl_timer_is_running(argument) != 0 {
                timerEvent = .started
                nextTimeout = argument
                if holdsTimer { copenssl_timer_hold(argument) }
            } else {
                timerEvent = .stopped
            }
            return 1
        default:
            return 0
        }
    }

    private static func of(_ bio: OpaquePointer?) -> DatagramBIO? {
        BIO_get_data(bio).map { Unmanaged<DatagramBIO>.fromOpaque($0).takeUnretainedValue() }
    }

    private nonisolated(unsafe) static let method: OpaquePointer? = {
        guard let method = BIO_meth_new(copenssl_bio_type(), "roomd datagram") else { return nil }
        BIO_meth_set_read(method) { bio, buffer, capacity in
            copenssl_bio_clear_retry(bio)
            guard let buffer, capacity > 0, let count = DatagramBIO.of(bio)?.read(into: buffer, Int(capacity)) else {
                copenssl_bio_retry_read(bio)
                return -1
            }
            return Int32(count)
        }
        BIO_meth_set_write(method) { bio, bytes, count in
            copenssl_bio_clear_retry(bio)
            guard let bytes, count > 0 else { return 0 }
            DatagramBIO.of(bio)?.write(bytes, Int(count))
            return count
        }
        BIO_meth_set_ctrl(method) { bio, command, _, argument in
            DatagramBIO.of(bio)?.control(command, argument) ?? 0
        }
        return method
    }()
}

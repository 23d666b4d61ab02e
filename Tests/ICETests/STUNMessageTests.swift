import Base
import Testing

@testable import ICE

@Suite struct STUNMessageTests {
    // RFC 5769 §2.1–2.4, without and with short-term credentials.
    static let request =
        "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff"
        + "80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
        + "80280004e57a3bcf"
    static let responseV4 =
        "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643"
        + "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96"
    static let responseV6 =
        "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179"
        + "bc25f4b5bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c"
    static let longTerm =
        "000100602112a44278ad3433c6ad72c029da412e00060012e3839ee38388e383aae38383e382afe382b900000015001c"
        + "662f2f3439396b39353464364f4c33346f4c394653547679363473410014000b6578616d706c652e6f726700"
        + "00080014f67024656dd64a3e02b8e0712e85c9a28ca89666"
    static let password = "VOkJxbRl1RmTxUk/WvJxBt"

    static func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex.utf8).map { $0 > 0x39 ? $0 - 87 : $0 - 48 }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    @Test func readsTheSampleRequestOfRFC5769() throws {
        let datagram = Self.bytes(Self.request)
        let message = try STUNMessage(parsing: datagram.span)
        #expect(message.messageClass == .request && message.method == STUNMessage.binding)
        #expect(message.transactionID == STUNTransactionID(high: 0xb7e7_a701, low: 0xbc34_d686_fa87_dfae))
        #expect(message.software == "STUN test client")
        #expect(message.username == "evtj:h6vY")
        #expect(message.priority == 0x6e00_01ff)
        #expect(message.iceControlled == 0x932f_f9b1_5126_3b36)
        #expect(message.hasFingerprint && message.notUnderstood.isEmpty)
        #expect(isAuthentic(message, Self.password, datagram))
        #expect(!isAuthentic(message, "VOkJxbRl1RmTxUk/WvJxBT", datagram))
    }

    @Test(arguments: [
        (responseV4, SocketAddress("192.0.2.1:32853")),
        (responseV6, SocketAddress("[2001:db8:1234:5678:11:2233:4455:6677]:32853")),
    ])
    func readsTheSampleResponsesOfRFC5769(hex: String, mapped: SocketAddress?) throws {
        let datagram = Self.bytes(hex)
        let message = try STUNMessage(parsing: datagram.span)
        #expect(message.messageClass == .success)
        #expect(message.software == "test vector")
        #expect(message.xorMappedAddress == mapped)
        #expect(isAuthentic(message, Self.password, datagram))
    }

    @Test func readsTheLongTermRequestOfRFC5769() throws {
        let message = try parse(Self.bytes(Self.longTerm))
        #expect(message.username == "\u{30DE}\u{30C8}\u{30EA}\u{30C3}\u{30AF}\u{30B9}")
        #expect(message.notUnderstood.isEmpty && !message.hasFingerprint && message.integrityOffset != nil)
    }

    /// The samples pad with spaces and we with zeros, so that the last two attributes differ.
    @Test(arguments: [request, responseV4, responseV6])
    func writesTheSamplesOfRFC5769(hex: String) throws {
        let sample = Self.bytes(hex)
        let message = try STUNMessage(parsing: sample.span)
        var written: [UInt8] = [1, 2, 3]
        message.write(into: &written, password: Self.password)
        #expect(written.count == sample.count)
        let end = try #require(message.integrityOffset)
        let differing = (0..<end).filter { written[$0] != sample[$0] }
        #expect(differing.allSatisfy { written[$0] == 0 && sample[$0] == 0x20 })
        let again = try STUNMessage(parsing: written.span)
        #expect(again == message)
        #expect(isAuthentic(again, Self.password, written))
    }

    @Test func keepsEveryAttributeOnTheRoundTrip() throws {
        var random = SeededRandom(seed: 1)
        for messageClass in [STUNMessage.Class.request, .indication, .success, .error] {
            var message = STUNMessage(messageClass, method: 0xABC, transactionID: STUNTransactionID(using: &random))
            message.software = "roomd"
            message.username = "abcd:efgh"
            message.priority = 7
            message.iceControlling = .max
            message.iceControlled = 1
            message.useCandidate = true
            message.mappedAddress = SocketAddress("203.0.113.7:1")
            message.xorMappedAddress = SocketAddress("[2001:db8::1]:65535")
            message.errorCode = STUNErrorCode(code: 699, reason: "Grüße")
            message.unknownAttributes = [1, 0xFFFF, 3]
            var datagram: [UInt8] = []
            message.write(into: &datagram, password: nil)
            var read = try STUNMessage(parsing: datagram.span)
            #expect(read.hasFingerprint && read.integrityOffset == nil)
            #expect(!isAuthentic(read, "", datagram))
            read.hasFingerprint = false
            #expect(read == message)
        }
    }

    @Test func noticesAFlippedBitAnywhere() {
        let sample = Self.bytes(Self.request)
        for index in sample.indices {
            var datagram = sample
            datagram[index] ^= 0x10
            let message = try? STUNMessage(parsing: datagram.span)
            // In the type of FINGERPRINT itself, all that is lost is the FINGERPRINT.
            let wasNoticed = message.map { !$0.hasFingerprint && index >= sample.count - 8 } ?? true
            #expect(wasNoticed, "a flipped bit in byte \(index) went unnoticed")
        }
    }

    @Test func ignoresWhatFollowsMessageIntegrity() throws {
        var datagram: [UInt8] = []
        let request = STUNMessage(.request, transactionID: STUNTransactionID(high: 1, low: 2))
        request.write(into: &datagram, password: "secret", fingerprint: false)
        datagram += [0x00, 0x25, 0, 0, 0x00, 0x24, 0, 4, 1, 2, 3, 4, 0x77, 0x77, 0, 0]
        datagram.overwrite(at: 2, bigEndian: UInt16(datagram.count - 20))
        let message = try STUNMessage(parsing: datagram.span)
        #expect(!message.useCandidate && message.priority == nil && message.notUnderstood.isEmpty)
        #expect(isAuthentic(message, "secret", datagram))
    }

    @Test func theFirstOfTwoEqualAttributesCounts() throws {
        var datagram = Self.header(length: 16) + [0, 0x24, 0, 4, 0, 0, 0, 1, 0, 0x24, 0, 4, 0, 0, 0, 2]
        #expect(try parse(datagram).priority == 1)
        datagram = Self.header(length: 12) + [0x77, 0x77, 0, 0, 0xF7, 0x77, 0, 1, 9, 9, 9, 9]
        #expect(try parse(datagram).notUnderstood == [0x7777])
    }

    @Test(arguments: [
        ("", "empty"), ("0001", "too short"),
        ("0001000421 12a442000000000000000000000000", "length beyond the end"),
        ("000100042112a44200000000000000000000000000240008", "attribute beyond the end"),
        ("000100082112a4420000000000000000000000000024000201020000", "PRIORITY of two bytes"),
        ("0001000c2112a442000000000000000000000000002000080003000001020304", "address family 3"),
        ("000100082112a4420000000000000000000000000020000400011234", "address cut off"),
        ("000100082112a442000000000000000000000000000900040000072A", "error class 7"),
        ("000100082112a442000000000000000000000000000800040a0b0c0d", "short MESSAGE-INTEGRITY"),
        ("000100082112a44200000000000000000000000080280004deadbeef", "wrong FINGERPRINT"),
        ("000100022112a4420000000000000000000000000000", "length no multiple of four"),
        ("800100002112a442000000000000000000000000", "leading bits"),
        ("000100002112a443000000000000000000000000", "magic cookie"),
    ])
    func refuses(hex: String, what: String) {
        let digits = hex.lowercased().filter { $0 != " " }
        #expect(throws: ICEError.self, "\(what)") { try parse(Self.bytes(digits)) }
    }

    @Test func hostileBytesNeverTrap() {
        var random = SeededRandom(seed: 5769)
        let samples = [Self.request, Self.responseV4, Self.responseV6, Self.longTerm].map(Self.bytes)
        var parsed = 0
        for _ in 0..<4000 {
            var datagram = samples[Int(random.next() % 4)]
            for _ in 0...random.next() % 6 {
                datagram[Int(random.next() % UInt64(datagram.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            if random.next() & 3 == 0 { datagram.removeLast(Int(random.next() % UInt64(datagram.count))) }
            // Half of them get a plausible header, or nothing would reach the attributes.
            if random.next() & 1 == 0, datagram.count >= 20 {
                datagram.removeLast(datagram.count % 4)
                datagram.replaceSubrange(0..<8, with: Self.header(length: datagram.count - 20)[0..<8])
            }
            if let message = try? STUNMessage(parsing: datagram.span) {
                parsed += 1
                _ = message.isAuthentic(password: "x", in: datagram.span)
                _ = message.isAuthentic(password: "x", in: datagram[0..<datagram.count / 2].span)
            }
        }
        #expect(parsed > 0)
    }

    @Test func theWaitForAnAnswerDoublesToASecond() {
        var timer = RetransmissionTimer(rto: .milliseconds(500), at: .zero)
        var sent: [Double] = []
        while true {
            let due = timer.dueAt
            #expect(timer.fire(at: due - .nanoseconds(1)) == nil)
            let action = timer.fire(at: due)
            sent.append((due - .zero).inSeconds)
            if action == .giveUp { break }
        }
        #expect(sent == [0.5] + Array(stride(from: 1.5, through: 37.5, by: 1)) + [39.5])
        // Where so many are under way that they wait longer at first, they go on so.
        var slow = RetransmissionTimer(rto: .seconds(5), at: .zero)
        for seconds in [5, 10, 15] as [Int64] { #expect(slow.fire(at: .zero + .seconds(seconds)) == .resend) }
    }

    @Test func aCancelledRequestWaitsAsLongAsBefore() {
        for resends in 0...38 {
            var timer = RetransmissionTimer(rto: .milliseconds(500), at: .zero)
            for _ in 0..<resends { #expect(timer.fire(at: timer.dueAt) == .resend) }
            timer.stopResending()
            #expect(timer.dueAt == .zero + .milliseconds(39500))
            #expect(timer.fire(at: timer.dueAt) == .giveUp)
        }
    }

    // The macros of Swift Testing cannot take spans apart.
    private func parse(_ datagram: [UInt8]) throws -> STUNMessage {
        try STUNMessage(parsing: datagram.span)
    }

    private func isAuthentic(_ message: STUNMessage, _ password: String, _ datagram: [UInt8]) -> Bool {
        message.isAuthentic(password: password, in: datagram.span)
    }

    private static func header(length: Int) -> [UInt8] {
        [0, 1, UInt8(length >> 8), UInt8(length & 255), 0x21, 0x12, 0xA4, 0x42] + Array(repeating: 0, count: 12)
    }
}

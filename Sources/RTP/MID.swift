import Base

/// A media identification tag as header extensions carry it (RFC 9143 §15): 1 to 16 bytes, held inline.
///
/// Longer tags are legal in SDP, but no one-byte extension element holds them.
public struct MID: Hashable, Sendable, CustomStringConvertible {
    private var high: UInt64 = 0
    private var low: UInt64 = 0
    public let count: Int

    /// - Returns: nil when `text` is empty or longer than 16 bytes of UTF-8.
    public init?(_ text: String) {
        count = text.utf8.count
        guard (1...16).contains(count) else { return nil }
        for (index, byte) in text.utf8.enumerated() { set(byte, at: index) }
    }

    /// - Returns: nil when there are no bytes, or more than 16.
    public init?(_ bytes: Span<UInt8>) {
        count = bytes.count
        guard (1...16).contains(count) else { return nil }
        for index in bytes.indices { set(bytes[index], at: index) }
    }

    private mutating func set(_ byte: UInt8, at index: Int) {
        if index < 8 {
            high |= UInt64(byte) << UInt64(56 - index * 8)
        } else {
            low |= UInt64(byte) << UInt64(56 - (index - 8) * 8)
        }
    }

    private func byte(at index: Int) -> UInt8 {
        index < 8
            ? UInt8(truncatingIfNeeded: high >> UInt64(56 - index * 8))
            : UInt8(truncatingIfNeeded: low >> UInt64(56 - (index - 8) * 8))
    }

    func append(to bytes: inout [UInt8]) {
        for index in 0..<count { bytes.append(byte(at: index)) }
    }

    /// The tag as text; bytes that are not UTF-8 become replacement characters.
    public var description: String {
        String(decoding: (0..<count).map { byte(at: $0) }, as: UTF8.self)
    }
}

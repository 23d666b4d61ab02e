/// Names a transceiver within its peer connection. Never used twice, also when a media section is.
public struct TransceiverID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let number: Int

    public init(_ number: Int) {
        self.number = number
    }

    public static func < (left: TransceiverID, right: TransceiverID) -> Bool {
        left.number < right.number
    }

    public var description: String { "transceiver \(number)" }
}

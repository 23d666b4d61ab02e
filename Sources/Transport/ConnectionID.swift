/// One peer connection of a media thread. Never used again after it was closed.
public struct ConnectionID: Hashable, Sendable, CustomStringConvertible {
    let number: UInt64

    init(number: UInt64) {
        self.number = number
    }

    public var description: String { "connection \(number)" }
}

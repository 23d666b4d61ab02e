/// One connection to the control socket, numbered by the server.
public struct ClientID: Hashable, Comparable, Sendable {
    public let number: UInt64

    public init(_ number: UInt64) {
        self.number = number
    }

    public static func < (left: ClientID, right: ClientID) -> Bool {
        left.number < right.number
    }
}

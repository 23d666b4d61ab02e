/// A TCP or TLS connection to a TURN server, which the shell opens and closes on the agent's word.
public struct TURNStreamID: Hashable, Sendable {
    public let number: Int

    public init(number: Int) {
        self.number = number
    }
}

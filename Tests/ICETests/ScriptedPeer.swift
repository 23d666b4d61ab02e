import Base
import ICE

/// The other end by hand: answers and asks exactly what a test wants, and no more. On its own, an ICE-lite agent.
final class ScriptedPeer {
    let credentials: ICECredentials
    var tieBreaker: UInt64 = 1
    var role = ICERole.controlled
    /// Requests with USE-CANDIDATE that came.
    var nominations = 0
    var requests: [STUNMessage] = []
    var isSilent = false

    init(_ credentials: ICECredentials) {
        self.credentials = credentials
    }

    func answer(_ message: STUNMessage, _ bytes: [UInt8], from source: SocketAddress) -> [UInt8]? {
        guard message.messageClass == .request, message.isAuthentic(password: credentials.password, in: bytes.span),
            message.username?.hasPrefix(credentials.ufrag + ":") == true
        else { return nil }
        requests.append(message)
        if message.useCandidate { nominations += 1 }
        guard !isSilent else { return nil }
        var response = STUNMessage(.success, transactionID: message.transactionID)
        response.xorMappedAddress = source
        return write(response, password: credentials.password)
    }

    /// A check towards an agent with these credentials.
    func check(
        _ agent: ICECredentials, priority: UInt32 = 1, useCandidate: Bool = false, id: UInt64,
        password: String? = nil
    ) -> [UInt8] {
        var request = STUNMessage(.request, transactionID: STUNTransactionID(high: 9, low: id))
        request.username = agent.ufrag + ":" + credentials.ufrag
        request.priority = priority
        switch role {
        case .controlling: request.iceControlling = tieBreaker
        case .controlled: request.iceControlled = tieBreaker
        }
        request.useCandidate = useCandidate
        return write(request, password: password ?? agent.password)
    }

    func write(_ message: STUNMessage, password: String?) -> [UInt8] {
        var bytes: [UInt8] = []
        message.write(into: &bytes, password: password)
        return bytes
    }
}

import COpenSSL

/// Decides about the peer's certificate by its fingerprint (RFC 8122 §6.2); nobody signs these certificates.
final class PeerVerifier {
    enum Verdict: Hashable {
        /// The description with the fingerprints has not come yet.
        case undecided
        case accepted
        case refused(received: Fingerprint?)
    }

    /// What the peer's description announced; empty while it has not come.
    var expected: [Fingerprint] = []
    /// The latest verdict given.
    private(set) var verdict = Verdict.undecided

    /// The strongest hash function announced decides, and any of its fingerprints may match (RFC 8122 §5.1).
    func judge(_ x509: OpaquePointer?) -> Verdict {
        verdict = decide(x509)
        return verdict
    }

    private func decide(_ x509: OpaquePointer?) -> Verdict {
        guard let algorithm = expected.map(\.algorithm).max() else { return .undecided }
        guard let x509, let received = Fingerprint(of: x509, algorithm) else { return .refused(received: nil) }
        return expected.contains(received) ? .accepted : .refused(received: received)
    }
}

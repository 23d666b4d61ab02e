import NIOSSL

/// Whom a TLS client trusts: the system's roots, and those of a file besides.
public struct TrustSettings: Hashable, Sendable {
    /// PEM file with certificates of one's own authorities.
    public var caFile: String?

    public init(caFile: String? = nil) {
        self.caFile = caFile
    }

    func configuration() throws(SignalingError) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        guard let caFile else { return configuration }
        do {
            configuration.additionalTrustRoots = [.certificates(try NIOSSLCertificate.fromPEMFile(caFile))]
        } catch {
            throw .tlsFailed("the file of trusted certificates, \(caFile), cannot be read: \(error)")
        }
        return configuration
    }
}

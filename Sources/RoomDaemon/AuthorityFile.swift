import Glibc
import Transport

/// A file of `ca_file`: the certificates of one's own authorities, in PEM.
enum AuthorityFile {
    private static let certificate = "-----BEGIN CERTIFICATE-----"

    /// What keeps a file that can be read from being used, as the end of "PATH …"; nil: nothing.
    static func flaw(_ path: String) -> String? {
        do throws(TransportError) {
            try TLSTrust.check(path)
            return nil
        } catch {
            guard case .trust(_, let reason) = error else { return "cannot be used: \(error)" }
            return "holds none in PEM that can be read: \(contents(path) ?? reason)"
        }
    }

    /// What is there instead. Of what may be a secret nothing is shown.
    private static func contents(_ path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        if let header = lines.first(where: { $0.hasPrefix("-----BEGIN ") }) {
            return header == certificate
                ? "what follows “\(certificate)” is damaged" : "it begins with “\(header.prefix(60))”"
        }
        // A SEQUENCE of more than 127 bytes.
        if bytes.starts(with: [0x30]), bytes.dropFirst().first.map({ $0 > 0x80 }) == true {
            return "it seems to be DER; `openssl x509 -inform der -in FILE` makes PEM of it"
        }
        return "there is no line “\(certificate)” in it"
    }
}

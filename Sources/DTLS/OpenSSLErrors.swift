import COpenSSL

/// OpenSSL's queue of errors, which belongs to the thread.
enum OpenSSLErrors {
    /// The first error since the queue was cleared, and the code of the alert when it was an alert of the peer's.
    static func take() -> (reason: String, alert: UInt8?) {
        let code = ERR_get_error()
        defer { ERR_clear_error() }
        guard code != 0 else { return ("no reason given", nil) }
        let text = ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)"
        let reason = copenssl_error_reason(code)
        let alert = UInt8(exactly: reason - copenssl_alert_reason_offset)
        return (text, reason >= copenssl_alert_reason_offset ? alert : nil)
    }

    static func takeReason() -> String {
        take().reason
    }
}

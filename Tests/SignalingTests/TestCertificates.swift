/// An authority that nobody trusts, and what it signed. Made with `openssl`, valid for a century, of no use elsewhere.
enum TestCertificates {
    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBlTCCATugAwIBAgIUFLRAw1+ALAUGHWxzIPa9VFX2E2owCgYIKoZIzj0EAwIw
        HzEdMBsGA1UEAwwUcm9vbWQgdGVzdCBhdXRob3JpdHkwIBcNMjYxMTIyMTgwNzMy
        WhgPMjEyNjEwMjkxODA3MzJaMB8xHTAbBgNVBAMMFHJvb21kIHRlc3QgYXV0aG9y
        aXR5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvc2/3qk66ZYFLImV5sVrXa7H
        2lTFYquIZDKHf3mbhCiuTixf3XG5pKLTmOvGOCEQrvloTpIZPrN5M8aYMtc39KNT
        MFEwHQYDVR0OBBYEFFRyEdzl+2ifnijqpzga+raaA4TPMB8GA1UdIwQYMBaAFFRy
        Edzl+2ifnijqpzga+raaA4TPMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwID
        SAAwRQIhAIkci2N7l7frs1K/l2h3WPmex9b6oiqgfU0lGeiTBJ9+AiBpAzeqtYq0
        7HCjTxdWwjhTYsLi/SsPt51vAyoUgonGPw==
        -----END CERTIFICATE-----
        """

    /// For `localhost` and 127.0.0.1.
    static let server = """
        -----BEGIN CERTIFICATE-----
        MIIBoDCCAUagAwIBAgIUSd6AUrX1YjguR0RMrmQEhtAYaIMwCgYIKoZIzj0EAwIw
        HzEdMBsGA1UEAwwUcm9vbWQgdGVzdCBhdXRob3JpdHkwIBcNMjYxMTIyMTgwNzMy
        WhgPMjEyNjEwMjkxODA3MzJaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqG
        SM49AgEGCCqGSM49AwEHA0IABB/CWG4nxyD9dNSluGvVmYJ+w4L3UFSXJqjQhK2N
        l8lNqdQ7WBWGsI5zrvvVsvXGGU4bc/16SqiddYXWiP8hyhajaTBnMBoGA1UdEQQT
        MBGCCWxvY2FsaG9zdIcEfwAAATAJBgNVHRMEAjAAMB0GA1UdDgQWBBQ1qwCOVQJk
        fu8vnEOKQpneTrrbbzAfBgNVHSMEGDAWgBRUchHc5fton54o6qc4Gvq2mgOEzzAK
        BggqhkjOPQQDAgNIADBFAiEAg2SOZuEoCzKmKPYqoiAtQaepx7iInmFnGPpkGLi+
        bagCIDCk6AZEHKAwJxzWSQODDqhIKr2s+2+WjsysW8PJ9SHX
        -----END CERTIFICATE-----
        """

    /// For `other.example`, with the same key.
    static let stranger = """
        -----BEGIN CERTIFICATE-----
        MIIBlDCCATmgAwIBAgIUSd6AUrX1YjguR0RMrmQEhtAYaIQwCgYIKoZIzj0EAwIw
        HzEdMBsGA1UEAwwUcm9vbWQgdGVzdCBhdXRob3JpdHkwIBcNMjYxMTIyMTgwNzMy
        WhgPMjEyNjEwMjkxODA3MzJaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqG
        SM49AgEGCCqGSM49AwEHA0IABB/CWG4nxyD9dNSluGvVmYJ+w4L3UFSXJqjQhK2N
        l8lNqdQ7WBWGsI5zrvvVsvXGGU4bc/16SqiddYXWiP8hyhajXDBaMBgGA1UdEQQR
        MA+CDW90aGVyLmV4YW1wbGUwHQYDVR0OBBYEFDWrAI5VAmR+7y+cQ4pCmd5Outtv
        MB8GA1UdIwQYMBaAFFRyEdzl+2ifnijqpzga+raaA4TPMAoGCCqGSM49BAMCA0kA
        MEYCIQCq3mHykpdyyV4no2Wq0FG9ZbKRWtRI+Kon2HWJr3rCiAIhAOJkYiNC7qPj
        CEEckpA5oIqko7FA9fxwE95ZYTYkbWci
        -----END CERTIFICATE-----
        """

    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgUzYiq/biZa+197Pz
        63RLSwo4ZdG3jwMtgmrbC4iJ7VGhRANCAAQfwlhuJ8cg/XTUpbhr1ZmCfsOC91BU
        lyao0IStjZfJTanUO1gVhrCOc6771bL1xhlOG3P9ekqonXWF1oj/IcoW
        -----END PRIVATE KEY-----
        """
}

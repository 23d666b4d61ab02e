/// A DTLS-SRTP protection profile by its IANA number (RFC 5764 §4.1.2, RFC 7714 §14.2).
public enum SRTPProtectionProfile: UInt16, Hashable, Sendable, CaseIterable {
    case aeadAES128GCM = 0x0007
    case aeadAES256GCM = 0x0008
    case aes128CMSHA1_80 = 0x0001

    /// As the IANA registry of DTLS-SRTP protection profiles has it.
    public var name: String {
        switch self {
        case .aeadAES128GCM: "SRTP_AEAD_AES_128_GCM"
        case .aeadAES256GCM: "SRTP_AEAD_AES_256_GCM"
        case .aes128CMSHA1_80: "SRTP_AES128_CM_HMAC_SHA1_80"
        }
    }

    /// Bytes of the master key.
    public var keyLength: Int {
        switch self {
        case .aeadAES128GCM, .aes128CMSHA1_80: 16
        case .aeadAES256GCM: 32
        }
    }

    /// Bytes of the master salt.
    public var saltLength: Int {
        switch self {
        case .aeadAES128GCM, .aeadAES256GCM: 12
        case .aes128CMSHA1_80: 14
        }
    }

    /// Bytes that protection adds to an RTP packet.
    public var tagLength: Int {
        switch self {
        case .aeadAES128GCM, .aeadAES256GCM: 16
        case .aes128CMSHA1_80: 10
        }
    }
}

/// What a DTLS handshake leaves for SRTP: one master key and salt a direction (RFC 5764 §4.2).
public struct SRTPKeyingMaterial: Hashable, Sendable {
    public var profile: SRTPProtectionProfile
    /// For what we send.
    public var localKey: [UInt8]
    public var localSalt: [UInt8]
    /// For what we receive.
    public var remoteKey: [UInt8]
    public var remoteSalt: [UInt8]

    public init(
        profile: SRTPProtectionProfile, localKey: [UInt8], localSalt: [UInt8], remoteKey: [UInt8], remoteSalt: [UInt8]
    ) {
        self.profile = profile
        self.localKey = localKey
        self.localSalt = localSalt
        self.remoteKey = remoteKey
        self.remoteSalt = remoteSalt
    }
}

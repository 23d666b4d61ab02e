import Base
import DTLS
import Testing
import WebRTC

extension InteropTests {
    /// DTLS in both roles and every SRTP profile, with sound only.
    @Suite("Handshakes and profiles")
    struct Security {
        struct Case: Sendable, CustomTestStringConvertible {
            var engine: ForeignPeer.Engine
            /// What the peer says in its offer; nil where we offer.
            var setup: String?
            /// What aiortc is held to.
            var openSSLName: String?
            var profile: SRTPProtectionProfile?
            var role: Endpoint.Role

            var testDescription: String {
                "\(engine.rawValue) \(setup ?? "answers"), we are the \(role), \(openSSLName ?? "its choice")"
            }
        }

        static let cases = [
            Case(
                engine: .aiortc, setup: "active", openSSLName: "SRTP_AES128_CM_SHA1_80", profile: .aes128CMSHA1_80,
                role: .server),
            Case(
                engine: .aiortc, setup: "passive", openSSLName: "SRTP_AEAD_AES_256_GCM", profile: .aeadAES256GCM,
                role: .client),
            Case(
                engine: .aiortc, setup: nil, openSSLName: "SRTP_AEAD_AES_128_GCM", profile: .aeadAES128GCM,
                role: .server),
            Case(engine: .chrome, setup: "active", openSSLName: nil, profile: nil, role: .server),
            Case(engine: .chrome, setup: "passive", openSSLName: nil, profile: nil, role: .client),
        ]

        @Test(arguments: cases)
        func soundGoesBothWays(_ one: Case) async throws {
            let scenario = InteropCall.Scenario(one.engine, weOffer: one.setup == nil) {
                $0.room.sendsVideo = false
                $0.weReceive = ["audio"]
                $0.peer.video = nil
                $0.peer.receives = ["audio"]
                $0.peer.setup = one.setup
                $0.peer.srtp = one.openSSLName
            }
            let call = try await InteropCall(scenario)
            try await call.flow()
            let transport = try await call.statistics().transport
            let (room, peer) = try await call.finish()
            #expect(transport.dtlsRole == one.role)
            #expect(one.profile == nil || transport.srtpProfile == one.profile)
            if let cipher = peer.text("srtp_cipher", "transport"), let profile = transport.srtpProfile {
                let expected: [SRTPProtectionProfile: String] = [
                    .aes128CMSHA1_80: "AES128_CM_HMAC_SHA1_80", .aeadAES128GCM: "AEAD_AES_128_GCM",
                    .aeadAES256GCM: "AEAD_AES_256_GCM",
                ]
                #expect(cipher.hasSuffix(expected[profile] ?? "none"), "\(cipher), and we say \(profile)")
            }
            expectWhatPeerSent(room, scenario)
            expectWhatWeSent(peer, scenario)
        }
    }
}

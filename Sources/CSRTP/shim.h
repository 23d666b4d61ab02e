// libsrtp 2: one call a direction, because Swift does not import unions and nested policies well.
#ifndef CSRTP_SHIM_H
#define CSRTP_SHIM_H

#include <srtp2/srtp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// The trailer that `srtp_protect` may write behind the packet.
static const int csrtp_trailer_length = SRTP_MAX_TRAILER_LEN;

/// Makes a session for every SSRC of one direction (RFC 5764 §4.1.2 numbers its profiles).
/// - Parameter key: master key followed by master salt; copied.
static inline srtp_err_status_t csrtp_create(
    srtp_t *session, uint16_t profile, int outbound, const uint8_t *key, unsigned long window) {
    srtp_policy_t policy;
    memset(&policy, 0, sizeof policy);
    switch (profile) {
    case 0x0001:
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
        break;
    case 0x0007:
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
        break;
    case 0x0008:
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp);
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp);
        break;
    default:
        return srtp_err_status_bad_param;
    }
    policy.ssrc.type = outbound ? ssrc_any_outbound : ssrc_any_inbound;
    policy.key = (unsigned char *)key;
    policy.window_size = window;
    policy.allow_repeat_tx = 1;
    return srtp_create(session, &policy);
}

#endif

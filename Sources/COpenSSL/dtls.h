// What DTLS needs of OpenSSL's macros (target DTLS).
#ifndef COPENSSL_DTLS_H
#define COPENSSL_DTLS_H

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <sys/time.h>

/// A fresh key on P-256.
static inline EVP_PKEY *copenssl_generate_p256(void) { return EVP_EC_gen("P-256"); }

/// An SSL_CTX for DTLS 1.2 and nothing else; nil when OpenSSL refuses.
static inline SSL_CTX *copenssl_dtls_context(const char *ciphers, const char *groups, const char *profiles) {
    SSL_CTX *context = SSL_CTX_new(DTLS_method());
    if (!context) return 0;
    SSL_CTX_set_options(
        context,
        SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION
            | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    // use_srtp answers 0 for success, unlike its neighbours.
    if (SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) != 1
        || SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION) != 1
        || SSL_CTX_set_cipher_list(context, ciphers) != 1 || SSL_CTX_set1_groups_list(context, groups) != 1
        || SSL_CTX_set_tlsext_use_srtp(context, profiles) != 0) {
        SSL_CTX_free(context);
        return 0;
    }
    return context;
}

static inline void copenssl_set_mtu(SSL *ssl, long mtu) { SSL_set_mtu(ssl, mtu); }

/// 1: retransmitted, 0: nothing was due, −1: failed.
static inline int copenssl_dtls_handle_timeout(SSL *ssl) { return (int)DTLSv1_handle_timeout(ssl); }

/// Nanoseconds of wall clock until OpenSSL's timer is due, at most `limit`; −1 when it is not running.
static inline int64_t copenssl_dtls_time_left(SSL *ssl, int64_t limit) {
    struct timeval left = {0, 0};
    if (!DTLSv1_get_timeout(ssl, &left)) return -1;
    if (left.tv_sec >= limit / 1000000000) return limit;
    return (int64_t)left.tv_sec * 1000000000 + (int64_t)left.tv_usec * 1000;
}

/// The next three take what BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT hands to the BIO: the point in wall-clock time at which the
/// retransmission timer is due, or zero for a stopped timer.
static inline int copenssl_timer_is_running(const void *next) {
    const struct timeval *at = (const struct timeval *)next;
    return at->tv_sec != 0 || at->tv_usec != 0;
}
static inline void copenssl_timer_hold(void *next) {
    struct timeval never = {INT64_C(1) << 40, 0};
    *(struct timeval *)next = never;
}
static inline void copenssl_timer_expire(void *next) {
    struct timeval past = {1, 0};
    *(struct timeval *)next = past;
}

static const int copenssl_ctrl_flush = BIO_CTRL_FLUSH;
static const int copenssl_ctrl_next_timeout = BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT;
static const int copenssl_ctrl_get_mtu = BIO_CTRL_DGRAM_GET_MTU;
static const int copenssl_ctrl_query_mtu = BIO_CTRL_DGRAM_QUERY_MTU;

static inline int copenssl_bio_type(void) { return BIO_get_new_index() | BIO_TYPE_SOURCE_SINK; }
static inline void copenssl_bio_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }
static inline void copenssl_bio_retry_read(BIO *bio) { BIO_set_retry_read(bio); }

/// Alerts received are reasons from 1000 on.
static const int copenssl_alert_reason_offset = SSL_AD_REASON_OFFSET;
static inline int copenssl_error_reason(unsigned long code) { return ERR_GET_REASON(code); }

#endif

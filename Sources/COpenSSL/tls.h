// What TLS clients need of OpenSSL's macros (target Transport).
#ifndef COPENSSL_TLS_H
#define COPENSSL_TLS_H

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

/// An SSL_CTX for clients that talk TLS 1.2 or later to servers that prove who they are; nil when OpenSSL refuses.
static inline SSL_CTX *copenssl_tls_client_context(void) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context) return 0;
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, 0);
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) {
        SSL_CTX_free(context);
        return 0;
    }
    return context;
}

/// Has the server's certificate be for this name, or this address where the text is one: 1 for success.
static inline int copenssl_tls_expect(SSL *ssl, const char *host) {
    unsigned char address[16];
    if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host);
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    // Only names are told beforehand (RFC 6066 §3).
    return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

/// Bytes that wait in a memory BIO.
static inline int copenssl_bio_pending(BIO *bio) { return (int)BIO_ctrl_pending(bio); }

static const int copenssl_verified = X509_V_OK;

#endif

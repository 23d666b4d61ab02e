// TCP connections of the media thread (target Transport).
#ifndef CLINUX_STREAM_H
#define CLINUX_STREAM_H

#include "network.h"
#include <netinet/tcp.h>

/// A non-blocking TCP socket that sends at once, keeps little to itself, and gives up what nobody acknowledges for
/// `patience` milliseconds; or −errno.
static inline int clinux_tcp_open(int is_v6, int unsent, unsigned patience) {
    int socket_ = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket_ < 0) return -errno;
    int one = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(socket_, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
    setsockopt(socket_, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof patience);
    return socket_;
}

/// Begins to connect: 0, or −errno when that is hopeless already.
static inline int clinux_tcp_connect(int socket_, const struct clinux_address *remote) {
    struct sockaddr_storage storage;
    socklen_t length = clinux_to_sockaddr(remote, &storage);
    if (connect(socket_, (struct sockaddr *)&storage, length) == 0 || errno == EINPROGRESS || errno == EINTR) return 0;
    return -errno;
}

/// 0 once connected, −EINPROGRESS while that is under way, or −errno when it failed.
static inline int clinux_tcp_progress(int socket_) {
    int error = clinux_socket_error(socket_);
    if (error != 0) return -error;
    struct sockaddr_storage storage;
    socklen_t length = sizeof storage;
    if (getpeername(socket_, (struct sockaddr *)&storage, &length) == 0) return 0;
    return errno == ENOTCONN ? -EINPROGRESS : -errno;
}

/// Sends without blocking and without SIGPIPE: how many bytes went, or −errno.
static inline int clinux_stream_send(int socket_, const uint8_t *bytes, int count) {
    ssize_t sent;
    do {
        sent = send(socket_, bytes, (size_t)count, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : (int)sent;
}

/// Receives without blocking: how many bytes came, 0 at the stream's end, or −errno.
static inline int clinux_stream_receive(int socket_, uint8_t *bytes, int capacity) {
    ssize_t count;
    do {
        count = recv(socket_, bytes, (size_t)capacity, MSG_DONTWAIT);
    } while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : (int)count;
}

#endif

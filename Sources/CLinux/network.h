// Sockets, batches of datagrams, epoll and timers (target Transport).
#ifndef CLINUX_NETWORK_H
#define CLINUX_NETWORK_H

#include <errno.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

/// A transport address: 4 or 16 bytes in network order, port in host order.
struct clinux_address {
    uint8_t bytes[16];
    uint16_t port;
    uint8_t is_v6;
    uint8_t is_loopback;
};

static inline socklen_t clinux_to_sockaddr(const struct clinux_address *from, struct sockaddr_storage *to) {
    memset(to, 0, sizeof *to);
    if (from->is_v6) {
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(from->port);
        memcpy(&v6->sin6_addr, from->bytes, 16);
        return sizeof *v6;
    }
    struct sockaddr_in *v4 = (struct sockaddr_in *)to;
    v4->sin_family = AF_INET;
    v4->sin_port = htons(from->port);
    memcpy(&v4->sin_addr, from->bytes, 4);
    return sizeof *v4;
}

/// Returns 0, or −EAFNOSUPPORT for what is neither IPv4 nor IPv6.
static inline int clinux_from_sockaddr(const struct sockaddr *from, struct clinux_address *to) {
    memset(to, 0, sizeof *to);
    if (from->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
        to->port = ntohs(v4->sin_port);
        memcpy(to->bytes, &v4->sin_addr, 4);
        return 0;
    }
    if (from->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;
        to->is_v6 = 1;
        to->port = ntohs(v6->sin6_port);
        memcpy(to->bytes, &v6->sin6_addr, 16);
        return 0;
    }
    return -EAFNOSUPPORT;
}

/// The addresses of all interfaces that are up and running, or also of those without a carrier (`with_idle`); returns
/// their number, of which the first `capacity` are written, or −errno.
static inline int clinux_interface_addresses(struct clinux_address *addresses, int capacity, int with_idle) {
    struct ifaddrs *list;
    if (getifaddrs(&list) != 0) return -errno;
    int count = 0;
    unsigned wanted = with_idle ? 0 : IFF_UP | IFF_RUNNING;
    for (struct ifaddrs *entry = list; entry; entry = entry->ifa_next) {
        struct clinux_address address;
        if (!entry->ifa_addr || (entry->ifa_flags & wanted) != wanted) continue;
        if (clinux_from_sockaddr(entry->ifa_addr, &address) != 0) continue;
        address.is_loopback = (entry->ifa_flags & IFF_LOOPBACK) != 0;
        if (count < capacity) addresses[count] = address;
        count++;
    }
    freeifaddrs(list);
    return count;
}

/// A non-blocking socket on which the kernel tells of changed links and addresses (rtnetlink(7)); or −errno.
static inline int clinux_netlink_open(void) {
    int socket_ = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (socket_ < 0) return -errno;
    struct sockaddr_nl name = {
        .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR};
    if (bind(socket_, (struct sockaddr *)&name, sizeof name) != 0) {
        int failure = errno;
        close(socket_);
        return -failure;
    }
    return socket_;
}

/// Receives one datagram of netlink messages: its length, 0 for one that is not the kernel's, or −errno.
static inline int clinux_netlink_receive(int socket_, uint8_t *bytes, int capacity) {
    struct sockaddr_nl sender = {0};
    socklen_t length = sizeof sender;
    ssize_t count;
    do {
        count = recvfrom(socket_, bytes, (size_t)capacity, 0, (struct sockaddr *)&sender, &length);
    } while (count < 0 && errno == EINTR);
    if (count < 0) return -errno;
    return sender.nl_pid == 0 ? (int)count : 0;
}

/// A non-blocking UDP socket, for IPv6 without IPv4; or −errno.
static inline int clinux_udp_open(int is_v6) {
    int socket_ = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket_ < 0) return -errno;
    int one = 1;
    if (is_v6 && setsockopt(socket_, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) != 0) {
        int failure = errno;
        close(socket_);
        return -failure;
    }
    return socket_;
}

static inline int clinux_udp_bind(int socket_, const struct clinux_address *address) {
    struct sockaddr_storage storage;
    socklen_t length = clinux_to_sockaddr(address, &storage);
    return bind(socket_, (struct sockaddr *)&storage, length) == 0 ? 0 : -errno;
}

static inline int clinux_udp_local(int socket_, struct clinux_address *address) {
    struct sockaddr_storage storage;
    socklen_t length = sizeof storage;
    if (getsockname(socket_, (struct sockaddr *)&storage, &length) != 0) return -errno;
    return clinux_from_sockaddr((struct sockaddr *)&storage, address);
}

/// Asks for buffers of so many bytes, beyond the system's limit where permitted; returns the receive buffer granted.
static inline int clinux_udp_set_buffers(int socket_, int receive, int send) {
    if (setsockopt(socket_, SOL_SOCKET, SO_RCVBUFFORCE, &receive, sizeof receive) != 0)
        setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive, sizeof receive);
    if (setsockopt(socket_, SOL_SOCKET, SO_SNDBUFFORCE, &send, sizeof send) != 0)
        setsockopt(socket_, SOL_SOCKET, SO_SNDBUF, &send, sizeof send);
    int granted = 0;
    socklen_t length = sizeof granted;
    if (getsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &granted, &length) != 0) return -errno;
    return granted / 2;  // the kernel doubles it for its own book-keeping
}

static inline int clinux_udp_set_dscp(int socket_, int is_v6, int dscp) {
    int field = dscp << 2;
    int result = is_v6 ? setsockopt(socket_, IPPROTO_IPV6, IPV6_TCLASS, &field, sizeof field)
                       : setsockopt(socket_, IPPROTO_IP, IP_TOS, &field, sizeof field);
    return result == 0 ? 0 : -errno;
}

/// Takes and clears the error that an ICMP message left on the socket.
static inline int clinux_socket_error(int socket_) {
    int error = 0;
    socklen_t length = sizeof error;
    return getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

/// Waits until the socket takes datagrams again; returns 1, or 0 after the time.
static inline int clinux_wait_writable(int socket_, int milliseconds) {
    struct pollfd entry = {.fd = socket_, .events = POLLOUT};
    int result;
    do {
        result = poll(&entry, 1, milliseconds);
    } while (result < 0 && errno == EINTR);
    return result > 0;
}

/// Waits until one of two descriptors is readable: 1 for the first, 2 for the second, 3 for both, 0 after the time
/// (in milliseconds; negative: for ever).
static inline int clinux_wait_readable(int first, int second, int milliseconds) {
    struct pollfd entries[2] = {{.fd = first, .events = POLLIN}, {.fd = second, .events = POLLIN}};
    int result;
    do {
        result = poll(entries, 2, milliseconds);
    } while (result < 0 && errno == EINTR);
    if (result <= 0) return 0;
    return (entries[0].revents ? 1 : 0) | (entries[1].revents ? 2 : 0);
}

/// Buffers for many datagrams in one system call, used again and again.
struct clinux_batch {
    struct mmsghdr *headers;
    struct iovec *vectors;
    struct sockaddr_storage *names;
    uint8_t *bytes;
    int capacity;
    int slot;
};

/// Returns 0 or −ENOMEM.
static inline int clinux_batch_create(struct clinux_batch *batch, int capacity, int slot) {
    batch->headers = (struct mmsghdr *)calloc((size_t)capacity, sizeof *batch->headers);
    batch->vectors = (struct iovec *)calloc((size_t)capacity, sizeof *batch->vectors);
    batch->names = (struct sockaddr_storage *)calloc((size_t)capacity, sizeof *batch->names);
    batch->bytes = (uint8_t *)calloc((size_t)capacity, (size_t)slot);
    batch->capacity = capacity;
    batch->slot = slot;
    return batch->headers && batch->vectors && batch->names && batch->bytes ? 0 : -ENOMEM;
}

static inline void clinux_batch_destroy(struct clinux_batch *batch) {
    free(batch->headers);
    free(batch->vectors);
    free(batch->names);
    free(batch->bytes);
    memset(batch, 0, sizeof *batch);
}

/// Receives what is there, without blocking: the number of datagrams, or −errno.
static inline int clinux_batch_receive(struct clinux_batch *batch, int socket_) {
    for (int index = 0; index < batch->capacity; index++) {
        batch->vectors[index].iov_base = batch->bytes + (size_t)index * (size_t)batch->slot;
        batch->vectors[index].iov_len = (size_t)batch->slot;
        struct msghdr *header = &batch->headers[index].msg_hdr;
        memset(header, 0, sizeof *header);
        header->msg_name = &batch->names[index];
        header->msg_namelen = sizeof batch->names[index];
        header->msg_iov = &batch->vectors[index];
        header->msg_iovlen = 1;
    }
    int count;
    do {
        count = recvmmsg(socket_, batch->headers, (unsigned)batch->capacity, MSG_DONTWAIT, 0);
    } while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : count;
}

/// The datagram at `index` of those received: its bytes and sender. Returns its length, or −1 when it did not fit.
static inline int clinux_batch_datagram(
    const struct clinux_batch *batch, int index, const uint8_t **bytes, struct clinux_address *sender) {
    const struct mmsghdr *header = &batch->headers[index];
    *bytes = batch->bytes + (size_t)index * (size_t)batch->slot;
    if (header->msg_hdr.msg_flags & MSG_TRUNC) return -1;
    if (clinux_from_sockaddr((struct sockaddr *)&batch->names[index], sender) != 0) return -1;
    return (int)header->msg_len;
}

/// Puts a datagram into the slot `index`; `count` is at most the slot's size.
static inline void clinux_batch_put(
    struct clinux_batch *batch, int index, const uint8_t *bytes, int count, const struct clinux_address *receiver) {
    uint8_t *slot = batch->bytes + (size_t)index * (size_t)batch->slot;
    memcpy(slot, bytes, (size_t)count);
    batch->vectors[index].iov_base = slot;
    batch->vectors[index].iov_len = (size_t)count;
    struct msghdr *header = &batch->headers[index].msg_hdr;
    memset(header, 0, sizeof *header);
    header->msg_name = &batch->names[index];
    header->msg_namelen = clinux_to_sockaddr(receiver, &batch->names[index]);
    header->msg_iov = &batch->vectors[index];
    header->msg_iovlen = 1;
}

/// Sends the slots from `first` on, without blocking: how many went out, or −errno for the first.
static inline int clinux_batch_send(struct clinux_batch *batch, int socket_, int first, int count) {
    int sent;
    do {
        sent = sendmmsg(socket_, batch->headers + first, (unsigned)count, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

static inline int clinux_epoll_create(void) {
    int descriptor = epoll_create1(EPOLL_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

/// Watches a descriptor for reading, level-triggered.
static inline int clinux_epoll_add(int epoll, int descriptor) {
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = descriptor}};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 ? 0 : -errno;
}

/// Watches a descriptor that is watched already for reading, and for room to write, too, or no more.
static inline int clinux_epoll_watch(int epoll, int descriptor, int writes) {
    struct epoll_event event = {.events = EPOLLIN | (writes ? EPOLLOUT : 0), .data = {.fd = descriptor}};
    return epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event) == 0 ? 0 : -errno;
}

static inline int clinux_epoll_remove(int epoll, int descriptor) {
    return epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, 0) == 0 ? 0 : -errno;
}

/// Waits (for ever, or not at all) for descriptors, at most 64: their number, or −errno.
static inline int clinux_epoll_wait(int epoll, int blocks, int *descriptors, int capacity) {
    struct epoll_event events[64];
    int count;
    do {
        count = epoll_wait(epoll, events, capacity < 64 ? capacity : 64, blocks ? -1 : 0);
    } while (count < 0 && errno == EINTR);
    if (count < 0) return -errno;
    for (int index = 0; index < count; index++) descriptors[index] = events[index].data.fd;
    return count;
}

static inline int clinux_timerfd(void) {
    int descriptor = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

/// Arms the timer for an absolute CLOCK_MONOTONIC instant, which makes it readable; 0 disarms it.
static inline int clinux_timerfd_arm(int descriptor, int64_t nanoseconds) {
    struct itimerspec at = {{0, 0}, {nanoseconds / 1000000000, nanoseconds % 1000000000}};
    return timerfd_settime(descriptor, TFD_TIMER_ABSTIME, &at, 0) == 0 ? 0 : -errno;
}

static inline void clinux_timerfd_drain(int descriptor) {
    uint64_t expirations;
    while (read(descriptor, &expirations, sizeof expirations) < 0 && errno == EINTR) {}
}

#endif

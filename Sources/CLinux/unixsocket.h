// Unix stream sockets of the control API: addresses, peers' credentials, groups (used by ControlServer and RoomControl).
#ifndef CLINUX_UNIXSOCKET_H
#define CLINUX_UNIXSOCKET_H

#include <fcntl.h>
#include <grp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static inline int clinux_unix_address(const char *path, struct sockaddr_un *address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof address->sun_path) return -ENAMETOOLONG;
    strcpy(address->sun_path, path);
    return 0;
}

/// A blocking stream socket connected to `path`, or -errno.
static inline int clinux_unix_connect(const char *path) {
    struct sockaddr_un address;
    int failure = clinux_unix_address(path, &address);
    if (failure) return failure;
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    while (connect(descriptor, (struct sockaddr *)&address, sizeof address) < 0) {
        if (errno == EINTR) continue;
        failure = -errno;
        close(descriptor);
        return failure;
    }
    return descriptor;
}

/// A listening stream socket bound to `path` with permission bits `mode`, or -errno.
static inline int clinux_unix_listen(const char *path, mode_t mode, int backlog) {
    struct sockaddr_un address;
    int failure = clinux_unix_address(path, &address);
    if (failure) return failure;
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0) {
        failure = -errno;
        close(descriptor);
        return failure;
    }
    if (chmod(path, mode) < 0 || listen(descriptor, backlog) < 0) {
        failure = -errno;
        unlink(path);
        close(descriptor);
        return failure;
    }
    return descriptor;
}

/// 1 when `descriptor` is a listening Unix stream socket, otherwise 0.
static inline int clinux_unix_is_listening(int descriptor) {
    int value = 0;
    socklen_t size = sizeof value;
    if (getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &value, &size) < 0 || value != AF_UNIX) return 0;
    size = sizeof value;
    if (getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &value, &size) < 0 || value != SOCK_STREAM) return 0;
    size = sizeof value;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) < 0) return 0;
    return value != 0;
}

/// SO_PEERCRED: who connected. Returns 0 or -errno.
static inline int clinux_peer_credentials(int descriptor, int32_t *pid, uint32_t *uid, uint32_t *gid) {
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0) return -errno;
    *pid = credentials.pid;
    *uid = credentials.uid;
    *gid = credentials.gid;
    return 0;
}

/// SO_PEERGROUPS: the peer's supplementary groups as they were when it connected. Returns how many there are, or
/// -errno; -ERANGE when `capacity` is too small.
static inline int clinux_peer_groups(int descriptor, uint32_t *groups, int capacity) {
    socklen_t size = (socklen_t)capacity * sizeof *groups;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0) return -errno;
    return (int)(size / sizeof *groups);
}

/// The id of the group called `name`. Returns 0, -ENOENT when there is none, or another -errno.
static inline int clinux_group_id(const char *name, uint32_t *gid) {
    struct group entry, *found = 0;
    size_t size = 4096;
    for (;;) {
        char *space = malloc(size);
        if (!space) return -ENOMEM;
        int failure = getgrnam_r(name, &entry, space, size, &found);
        if (found) *gid = entry.gr_gid;
        free(space);
        if (found) return 0;
        if (failure == EINTR) continue;
        if (failure != ERANGE || size >= (1 << 20)) return failure ? -failure : -ENOENT;
        size *= 2;
    }
}

/// What a path names: 0 a socket, with its device and inode; -ENOTSOCK something else; -ENOENT nothing; or another -errno.
static inline int clinux_socket_file(const char *path, uint64_t *device, uint64_t *inode) {
    struct stat status;
    if (lstat(path, &status) < 0) return -errno;
    if (!S_ISSOCK(status.st_mode)) return -ENOTSOCK;
    *device = status.st_dev;
    *inode = status.st_ino;
    return 0;
}

/// Sends one datagram to the Unix socket at `path` ('@' in front: an abstract name). Returns 0 or -errno.
static inline int clinux_unix_send(const char *path, const void *bytes, size_t count) {
    struct sockaddr_un address;
    int failure = clinux_unix_address(path, &address);
    if (failure) return failure;
    socklen_t size = offsetof(struct sockaddr_un, sun_path) + strlen(path);
    if (path[0] == '@') address.sun_path[0] = 0;
    int sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sender < 0) return -errno;
    while (sendto(sender, bytes, count, MSG_NOSIGNAL, (struct sockaddr *)&address, size) < 0) {
        if (errno == EINTR) continue;
        failure = -errno;
        break;
    }
    close(sender);
    return failure;
}

/// A datagram socket bound to `path`, or -errno.
static inline int clinux_unix_bind_datagram(const char *path) {
    struct sockaddr_un address;
    int failure = clinux_unix_address(path, &address);
    if (failure) return failure;
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0) {
        failure = -errno;
        close(descriptor);
        return failure;
    }
    return descriptor;
}

/// The descriptor is not handed on to programs that this one starts.
static inline void clinux_set_close_on_exec(int descriptor) {
    int flags = fcntl(descriptor, F_GETFD);
    if (flags >= 0) fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC);
}

#endif

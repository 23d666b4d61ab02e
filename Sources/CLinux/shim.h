// Linux calls that Swift does not import as they stand: structures that the headers hide, macros and retries.
#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
// Swift's own view of glibc was made without _GNU_SOURCE, where fd_set's member has another name; two definitions of one
// type do not compile. This one is made alike before any other header brings it in.
#include <features.h>
#pragma push_macro("__USE_XOPEN")
#undef __USE_XOPEN
#include <sys/select.h>
#pragma pop_macro("__USE_XOPEN")
#include <errno.h>
#include <stdint.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <time.h>

/// CLOCK_MONOTONIC in nanoseconds.
static inline int64_t clinux_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/// CLOCK_REALTIME in nanoseconds since 1970.
static inline int64_t clinux_realtime_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/// Sleeps until an absolute CLOCK_MONOTONIC instant, also through signals.
static inline void clinux_sleep_until(int64_t nanoseconds) {
    struct timespec until = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, 0) == EINTR) {}
}

// Threads and wake-ups (used by Media).

/// A non-blocking event counter, or -errno.
static inline int clinux_eventfd(void) {
    int descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

/// Adds one to the counter. Real-time safe.
static inline void clinux_eventfd_signal(int descriptor) {
    uint64_t one = 1;
    while (write(descriptor, &one, sizeof one) < 0 && errno == EINTR) {}
}

/// Sets the counter to zero and returns what it was.
static inline uint64_t clinux_eventfd_drain(int descriptor) {
    uint64_t count = 0;
    while (read(descriptor, &count, sizeof count) < 0) {
        if (errno != EINTR) return 0;
    }
    return count;
}

/// Blocks until the counter is not zero.
static inline void clinux_eventfd_wait(int descriptor) {
    struct pollfd entry = {.fd = descriptor, .events = POLLIN};
    while (poll(&entry, 1, -1) < 0 && errno == EINTR) {}
}

/// Blocks until the counter is not zero, or for so many milliseconds.
static inline void clinux_eventfd_wait_at_most(int descriptor, int milliseconds) {
    struct pollfd entry = {.fd = descriptor, .events = POLLIN};
    poll(&entry, 1, milliseconds);
}

/// Waits for a device (−1: none) to have something to read or to tell, or for the counter, until a CLOCK_MONOTONIC
/// instant in nanoseconds: 1 the device, 2 the counter, 0 neither in time, −ENODEV the device is gone.
static inline int clinux_wait_for_device(int descriptor, int counter, int64_t until) {
    struct pollfd entries[2] = {{.fd = counter, .events = POLLIN}, {.fd = descriptor, .events = POLLIN | POLLPRI}};
    for (;;) {
        int64_t left = until - clinux_monotonic_nanoseconds();
        // Rounded up, so that the last millisecond is not spent spinning.
        int64_t milliseconds = left <= 0 ? 0 : left / 1000000 + 1;
        int ready = poll(entries, 2, milliseconds > 60000 ? 60000 : (int)milliseconds);
        if (ready < 0 && errno != EINTR) return -errno;
        if (ready > 0 && entries[0].revents) return 2;
        if (ready > 0 && (entries[1].revents & (POLLIN | POLLPRI))) return 1;
        if (ready > 0 && entries[1].revents) return -ENODEV;
        if (ready == 0 && left <= 0) return 0;
    }
}

#include "network.h"
#include "stream.h"
#include "terminal.h"
#include "thread.h"
#include "unixsocket.h"

#endif

// Threads: their names, their signals and how the kernel schedules them.

#ifndef CLINUX_THREAD_H
#define CLINUX_THREAD_H

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/// What sched_setattr(2) takes; glibc 2.36 does not declare it.
struct clinux_sched_attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

/// The slice of the calling thread in nanoseconds, 0 when the kernel has none of its own for it.
static inline uint64_t clinux_thread_slice(void) {
    struct clinux_sched_attributes attributes;
    memset(&attributes, 0, sizeof attributes);
    if (syscall(SYS_sched_getattr, 0, &attributes, (unsigned)sizeof attributes, 0)) return 0;
    return attributes.runtime;
}

/// Asks for short slices, for which EEVDF (Linux 6.12) wakes a thread sooner. Older kernels pay no heed.
static inline void clinux_thread_shorten_slice(uint64_t nanoseconds) {
    struct clinux_sched_attributes attributes;
    memset(&attributes, 0, sizeof attributes);
    // Everything else, the nice value among it, stays as it is.
    if (syscall(SYS_sched_getattr, 0, &attributes, (unsigned)sizeof attributes, 0)) return;
    attributes.size = sizeof attributes;
    attributes.runtime = nanoseconds;
    syscall(SYS_sched_setattr, 0, &attributes, 0);
}

struct clinux_thread_launch {
    const char *name;
    int priority;
    void *(*body)(void *);
    void *context;
    sem_t ready;
};

static inline void *clinux_thread_enter(void *argument) {
    struct clinux_thread_launch *launch = argument;
    void *(*body)(void *) = launch->body;
    void *context = launch->context;
    pthread_setname_np(pthread_self(), launch->name);
    if (launch->priority > 0) {
        struct sched_param parameters = {.sched_priority = launch->priority};
        if (pthread_setschedparam(pthread_self(), SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters)) {
            launch->priority = 0;
            clinux_thread_shorten_slice(500000);
        }
    }
    // From here on `launch` belongs to the starter again.
    sem_post(&launch->ready);
    return body(context);
}

/// Starts a thread with all signals blocked, so that only the main thread ever runs a handler.
/// A positive priority asks for SCHED_FIFO; `*priority` is what was granted, 0 for the ordinary scheduler, where the
/// thread then has short slices.
/// Returns 0 or a positive errno.
static inline int clinux_thread_start(pthread_t *thread, const char *name, int *priority, void *(*body)(void *),
                                      void *context) {
    struct clinux_thread_launch launch = {.name = name, .priority = *priority, .body = body, .context = context};
    if (sem_init(&launch.ready, 0, 0)) return errno;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = pthread_create(thread, 0, clinux_thread_enter, &launch);
    pthread_sigmask(SIG_SETMASK, &before, 0);
    if (!failure) {
        while (sem_wait(&launch.ready) && errno == EINTR) {}
        *priority = launch.priority;
    }
    sem_destroy(&launch.ready);
    return failure;
}

/// The calling thread's name into 16 bytes.
static inline void clinux_thread_name(char *name) { pthread_getname_np(pthread_self(), name, 16); }

#endif

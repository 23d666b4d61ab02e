import Glibc

/// How long the calling thread has worked: the clock of what a calendar may cost. A busy machine does not make a
/// calendar dearer; that somebody waits too long for it is watched elsewhere (`PatientSource`).
struct WorkClock {
    static var now: Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }
}

import Glibc

/// What this thread has worked on `body`: whatever else keeps the machine busy does not count, so that a bound on it
/// says something of the code alone.
public func processorTime(of body: () throws -> Void) rethrows -> Duration {
    let began = threadTime()
    try body()
    return threadTime() - began
}

private func threadTime() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
}

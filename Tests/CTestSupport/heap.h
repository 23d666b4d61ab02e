// What the C heap holds, for tests that prove that a real-time thread allocates nothing.
#ifndef CTESTSUPPORT_HEAP_H
#define CTESTSUPPORT_HEAP_H

#include <malloc.h>
#include <stdint.h>

/// Bytes in use from malloc, large blocks included, in all threads.
static inline int64_t ctestsupport_heap_bytes(void) {
    struct mallinfo2 information = mallinfo2();
    return (int64_t)(information.uordblks + information.hblkhd);
}

#endif

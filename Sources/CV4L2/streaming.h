// Memory-mapped streaming: buffers, and waiting for them.

#ifndef CV4L2_STREAMING_H
#define CV4L2_STREAMING_H

/// How many buffers there are now (VIDIOC_REQBUFS); 0 frees them.
static inline int cv4l2_request_buffers(int descriptor, int is_multiplanar, uint32_t count) {
    struct v4l2_requestbuffers request;
    memset(&request, 0, sizeof request);
    request.count = count;
    request.type = cv4l2_type(is_multiplanar);
    request.memory = V4L2_MEMORY_MMAP;
    int result = cv4l2_ioctl(descriptor, VIDIOC_REQBUFS, &request);
    return result < 0 ? result : (int)request.count;
}

/// A buffer of memory-mapped streaming; `plane` is used by multi-planar queues only.
static inline void cv4l2_buffer_fill(struct v4l2_buffer *buffer, struct v4l2_plane *plane, int is_multiplanar,
                                     uint32_t index) {
    memset(buffer, 0, sizeof *buffer);
    memset(plane, 0, sizeof *plane);
    buffer->index = index;
    buffer->type = cv4l2_type(is_multiplanar);
    buffer->memory = V4L2_MEMORY_MMAP;
    if (is_multiplanar) {
        buffer->m.planes = plane;
        buffer->length = 1;
    }
}

/// Maps a buffer for reading (VIDIOC_QUERYBUF, mmap).
static inline int cv4l2_map(int descriptor, int is_multiplanar, uint32_t index, void **memory, uint64_t *length) {
    struct v4l2_buffer buffer;
    struct v4l2_plane plane;
    cv4l2_buffer_fill(&buffer, &plane, is_multiplanar, index);
    int result = cv4l2_ioctl(descriptor, VIDIOC_QUERYBUF, &buffer);
    if (result < 0) return result;
    *length = is_multiplanar ? plane.length : buffer.length;
    int64_t offset = is_multiplanar ? plane.m.mem_offset : buffer.m.offset;
    // libv4l2 writes its conversions there, and some drivers map for both only.
    *memory = v4l2_mmap(0, *length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, offset);
    return *memory == MAP_FAILED ? -errno : 0;
}

static inline void cv4l2_unmap(void *memory, uint64_t length) { v4l2_munmap(memory, length); }

/// Gives a buffer to the driver (VIDIOC_QBUF).
static inline int cv4l2_queue(int descriptor, int is_multiplanar, uint32_t index) {
    struct v4l2_buffer buffer;
    struct v4l2_plane plane;
    cv4l2_buffer_fill(&buffer, &plane, is_multiplanar, index);
    return cv4l2_ioctl(descriptor, VIDIOC_QBUF, &buffer);
}

/// A buffer with a picture in it.
struct cv4l2_filled {
    uint32_t index, sequence;
    /// The picture's first byte in the buffer, and how many bytes it has.
    uint32_t offset, bytes;
    /// V4L2_BUF_FLAG_ERROR: the picture may be damaged, and streaming goes on.
    int is_damaged;
    /// CLOCK_MONOTONIC in nanoseconds; 0 when the driver stamps by another clock.
    int64_t monotonic_time;
};

/// Takes the next picture back from the driver (VIDIOC_DQBUF). −EAGAIN when there is none.
static inline int cv4l2_dequeue(int descriptor, int is_multiplanar, struct cv4l2_filled *filled) {
    struct v4l2_buffer buffer;
    struct v4l2_plane plane;
    cv4l2_buffer_fill(&buffer, &plane, is_multiplanar, 0);
    int result = cv4l2_ioctl(descriptor, VIDIOC_DQBUF, &buffer);
    if (result < 0) return result;
    filled->index = buffer.index;
    filled->sequence = buffer.sequence;
    filled->offset = is_multiplanar ? plane.data_offset : 0;
    filled->bytes = is_multiplanar ? plane.bytesused : buffer.bytesused;
    // Of several planes, bytesused counts what is before data_offset, too.
    filled->bytes = filled->bytes > filled->offset ? filled->bytes - filled->offset : 0;
    filled->is_damaged = (buffer.flags & V4L2_BUF_FLAG_ERROR) != 0;
    filled->monotonic_time = (buffer.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) == V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC
                                 ? (int64_t)buffer.timestamp.tv_sec * 1000000000 + buffer.timestamp.tv_usec * 1000
                                 : 0;
    return 0;
}

static inline int cv4l2_stream_on(int descriptor, int is_multiplanar) {
    int type = (int)cv4l2_type(is_multiplanar);
    return cv4l2_ioctl(descriptor, VIDIOC_STREAMON, &type);
}

static inline int cv4l2_stream_off(int descriptor, int is_multiplanar) {
    int type = (int)cv4l2_type(is_multiplanar);
    return cv4l2_ioctl(descriptor, VIDIOC_STREAMOFF, &type);
}

static const int cv4l2_ready_picture = 1;
static const int cv4l2_ready_event = 2;
static const int cv4l2_ready_failure = 4;
static const int cv4l2_ready_interruption = 8;

/// Sleeps until there is a picture (if wanted), an event, a failure, `interruption` is readable, or CLOCK_MONOTONIC is at
/// `deadline` nanoseconds; says which, or 0 at the deadline. A negative `descriptor` is left out.
static inline int cv4l2_wait(int descriptor, int wants_pictures, int interruption, int64_t deadline) {
    struct pollfd entries[2] = {{.fd = descriptor, .events = (short)(wants_pictures ? POLLIN | POLLPRI : POLLPRI)},
                                {.fd = interruption, .events = POLLIN}};
    int result;
    do {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        int64_t rest = deadline - ((int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
        int64_t milliseconds = rest <= 0 ? 0 : (rest + 999999) / 1000000;
        result = poll(entries, 2, milliseconds > 60000 ? 60000 : (int)milliseconds);
    } while (result < 0 && errno == EINTR);
    if (result < 0) return -errno;
    int ready = 0;
    // Of what does not stream, drivers say POLLERR only when asked for pictures.
    if (entries[0].revents & (POLLERR | POLLHUP | POLLNVAL)) ready |= cv4l2_ready_failure;
    if (entries[0].revents & POLLIN) ready |= cv4l2_ready_picture;
    if (entries[0].revents & POLLPRI) ready |= cv4l2_ready_event;
    if (entries[1].revents) ready |= cv4l2_ready_interruption;
    return ready;
}

#endif

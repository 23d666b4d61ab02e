// HDMI and DVI inputs: the timings of what is plugged in, and word of their change.

#ifndef CV4L2_TIMINGS_H
#define CV4L2_TIMINGS_H

struct cv4l2_timings {
    /// Of the picture without its margins.
    uint32_t width, height;
    int is_interlaced;
    /// Pictures a second; 0 when the driver does not know the pixel clock.
    double rate;
};

static inline void cv4l2_timings_read(const struct v4l2_dv_timings *native, struct cv4l2_timings *timings) {
    const struct v4l2_bt_timings *bt = &native->bt;
    timings->width = bt->width;
    timings->height = bt->height;
    timings->is_interlaced = bt->interlaced == V4L2_DV_INTERLACED;
    double total = (double)V4L2_DV_BT_FRAME_WIDTH(bt) * (double)V4L2_DV_BT_FRAME_HEIGHT(bt);
    timings->rate = total > 0 ? (double)bt->pixelclock / total : 0;
}

/// The timings of the source (VIDIOC_QUERY_DV_TIMINGS). −ENOLINK without a signal, −ENOLCK while it is unstable, −ERANGE
/// when it is outside of what the hardware can take.
static inline int cv4l2_query_timings(int descriptor, struct cv4l2_timings *timings) {
    struct v4l2_dv_timings native;
    memset(&native, 0, sizeof native);
    int result = cv4l2_ioctl(descriptor, VIDIOC_QUERY_DV_TIMINGS, &native);
    if (result >= 0) cv4l2_timings_read(&native, timings);
    return result;
}

/// Sets the input to the timings of the source (VIDIOC_S_DV_TIMINGS) and tells them. Not while there are buffers.
static inline int cv4l2_adopt_timings(int descriptor, struct cv4l2_timings *timings) {
    struct v4l2_dv_timings native;
    memset(&native, 0, sizeof native);
    int result = cv4l2_ioctl(descriptor, VIDIOC_QUERY_DV_TIMINGS, &native);
    if (result >= 0) result = cv4l2_ioctl(descriptor, VIDIOC_S_DV_TIMINGS, &native);
    if (result >= 0) cv4l2_timings_read(&native, timings);
    return result;
}

/// Asks for word of the source's changes (VIDIOC_SUBSCRIBE_EVENT).
static inline int cv4l2_subscribe_source_change(int descriptor, uint32_t input) {
    struct v4l2_event_subscription subscription;
    memset(&subscription, 0, sizeof subscription);
    subscription.type = V4L2_EVENT_SOURCE_CHANGE;
    subscription.id = input;
    return cv4l2_ioctl(descriptor, VIDIOC_SUBSCRIBE_EVENT, &subscription);
}

/// Takes the next event (VIDIOC_DQEVENT): whether the source has changed. −ENOENT when there is none.
static inline int cv4l2_next_event(int descriptor, int *is_source_change) {
    struct v4l2_event event;
    memset(&event, 0, sizeof event);
    int result = cv4l2_ioctl(descriptor, VIDIOC_DQEVENT, &event);
    *is_source_change = event.type == V4L2_EVENT_SOURCE_CHANGE &&
                        (event.u.src_change.changes & V4L2_EVENT_SRC_CH_RESOLUTION) != 0;
    return result;
}

#endif

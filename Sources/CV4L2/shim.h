// Video4Linux through libv4l2 (target Hardware). ioctl numbers are macros that Swift does not see.
//
// For a descriptor that was not given to cv4l2_convert, libv4l2 passes every call on to the kernel as it stands.
// Everything returns −errno on failure and begins again on EINTR.
#ifndef CV4L2_SHIM_H
#define CV4L2_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <libv4l2.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/// What a video node says about itself. The driver's fields may fill their space without a terminator; these do not.
struct cv4l2_node {
    char driver[17];
    char card[33];
    char bus[33];
    /// V4L2_CAP_… of this node, not of the whole device.
    uint32_t capabilities;
    /// The input that is switched on, and whether it follows the timings of an HDMI or DVI source.
    uint32_t input;
    int has_dv_timings;
};

static const uint32_t cv4l2_cap_video_capture = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_CAPTURE_MPLANE;
static const uint32_t cv4l2_cap_single_plane = V4L2_CAP_VIDEO_CAPTURE;
static const uint32_t cv4l2_cap_streaming = V4L2_CAP_STREAMING;
/// Codecs and scalers: they capture only what was put in.
static const uint32_t cv4l2_cap_memory_to_memory =
    V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE | V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_VIDEO_OUTPUT_MPLANE;

static inline int cv4l2_ioctl(int descriptor, unsigned long request, void *argument) {
    int result;
    do {
        result = v4l2_ioctl(descriptor, request, argument);
    } while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

/// A descriptor of the node at `path` that never blocks.
static inline int cv4l2_open(const char *path) {
    int descriptor;
    do {
        descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    } while (descriptor < 0 && errno == EINTR);
    return descriptor < 0 ? -errno : descriptor;
}

static inline void cv4l2_close(int descriptor) { v4l2_close(descriptor); }

/// Keeps libv4l2 from writing its complaints to standard error. Once, before the first cv4l2_convert.
static inline void cv4l2_silence(void) {
    if (!v4l2_log_file) v4l2_log_file = fopen("/dev/null", "we");
}

/// From here on libv4l2 converts what the device cannot deliver itself, and lists what it can convert to.
static inline int cv4l2_convert(int descriptor) {
    return v4l2_fd_open(descriptor, V4L2_ENABLE_ENUM_FMT_EMULATION) < 0 ? -errno : 0;
}

static inline int cv4l2_node_read(int descriptor, struct cv4l2_node *node) {
    struct v4l2_capability capability;
    memset(&capability, 0, sizeof capability);
    memset(node, 0, sizeof *node);
    int result = cv4l2_ioctl(descriptor, VIDIOC_QUERYCAP, &capability);
    if (result < 0) return result;
    memcpy(node->driver, capability.driver, sizeof capability.driver);
    memcpy(node->card, capability.card, sizeof capability.card);
    memcpy(node->bus, capability.bus_info, sizeof capability.bus_info);
    node->capabilities = capability.capabilities & V4L2_CAP_DEVICE_CAPS ? capability.device_caps
                                                                       : capability.capabilities;
    int current = 0;
    if (cv4l2_ioctl(descriptor, VIDIOC_G_INPUT, &current) < 0 || current < 0) current = 0;
    struct v4l2_input input;
    memset(&input, 0, sizeof input);
    input.index = node->input = (uint32_t)current;
    if (cv4l2_ioctl(descriptor, VIDIOC_ENUMINPUT, &input) >= 0)
        node->has_dv_timings = (input.capabilities & V4L2_IN_CAP_DV_TIMINGS) != 0;
    return 0;
}

/// Asks the node at `path`; NULL, and −errno in `failure`. Free the answer with cv4l2_node_free.
static inline struct cv4l2_node *cv4l2_node_ask(const char *path, int *failure) {
    int descriptor = cv4l2_open(path);
    if (descriptor < 0) {
        *failure = descriptor;
        return 0;
    }
    struct cv4l2_node *node = (struct cv4l2_node *)malloc(sizeof *node);
    *failure = node ? cv4l2_node_read(descriptor, node) : -ENOMEM;
    if (node && *failure < 0) {
        free(node);
        node = 0;
    }
    close(descriptor);
    return node;
}

static inline void cv4l2_node_free(struct cv4l2_node *node) { free(node); }
static inline const char *cv4l2_node_driver(const struct cv4l2_node *node) { return node->driver; }
static inline const char *cv4l2_node_card(const struct cv4l2_node *node) { return node->card; }
static inline const char *cv4l2_node_bus(const struct cv4l2_node *node) { return node->bus; }

#include "controls.h"
#include "formats.h"
#include "streaming.h"
#include "timings.h"

#endif

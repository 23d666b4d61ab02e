// libdrm: cards, connectors and their monitors (target Hardware).
#ifndef CDRM_SHIM_H
#define CDRM_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xf86drm.h>
#include <xf86drmMode.h>
#include <drm_fourcc.h>

/// Opens a card to look at it; its descriptor, or −errno.
/// Who opens a card that nobody drives becomes its master, and would shut out the one who means to drive it.
static inline int cdrm_open_to_look(const char *path) {
    int descriptor;
    do {
        descriptor = open(path, O_RDWR | O_CLOEXEC);
    } while (descriptor < 0 && errno == EINTR);
    if (descriptor < 0) return -errno;
    if (drmIsMaster(descriptor)) drmDropMaster(descriptor);
    return descriptor;
}

static inline void cdrm_close(int descriptor) { close(descriptor); }

/// 0, or −errno when the file is not a DRM device. Free the driver's name with cdrm_free_version.
static inline int cdrm_version(int descriptor, drmVersionPtr *version) {
    *version = drmGetVersion(descriptor);
    return *version ? 0 : (errno ? -errno : -ENOTTY);
}

static inline void cdrm_free_version(drmVersionPtr version) { drmFreeVersion(version); }

static inline uint32_t cdrm_connector_id(const drmModeRes *resources, int index) {
    return resources->connectors[index];
}

static inline int cdrm_is_connected(const drmModeConnector *connector) {
    return connector->connection == DRM_MODE_CONNECTED;
}

/// The size and rate of a mode; millihertz, because the integer field of the kernel rounds 59.94 to 60.
static inline void cdrm_mode(
    const drmModeConnector *connector, int index, int *width, int *height, int64_t *millihertz, int *is_preferred) {
    const drmModeModeInfo *mode = &connector->modes[index];
    *width = mode->hdisplay;
    *height = mode->vdisplay;
    int64_t total = (int64_t)mode->htotal * mode->vtotal;
    *millihertz = total > 0 ? (int64_t)mode->clock * 1000000 / total : (int64_t)mode->vrefresh * 1000;
    *is_preferred = (mode->type & DRM_MODE_TYPE_PREFERRED) != 0;
}

/// The blob that the connector's property `name` holds, such as EDID; NULL where it has none.
static inline drmModePropertyBlobPtr cdrm_connector_blob(
    int descriptor, const drmModeConnector *connector, const char *name) {
    for (int index = 0; index < connector->count_props; index++) {
        drmModePropertyPtr property = drmModeGetProperty(descriptor, connector->props[index]);
        if (!property) continue;
        int is_wanted = (property->flags & DRM_MODE_PROP_BLOB) && strcmp(property->name, name) == 0;
        drmModeFreeProperty(property);
        if (is_wanted) return drmModeGetPropertyBlob(descriptor, (uint32_t)connector->prop_values[index]);
    }
    return 0;
}

// Driving a card: atomic modesetting (target Hardware, folder Display). All return 0 or more, or −errno.

/// What libdrm's functions leave behind: −1 with errno, or −errno itself.
static inline int cdrm_result(int result) {
    if (result >= 0) return result;
    return result == -1 && errno ? -errno : result;
}

/// Opens a card to drive it; its descriptor. Whoever opens a card that nobody drives is its master at once.
static inline int cdrm_open_to_drive(const char *path) {
    int descriptor;
    do {
        descriptor = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    } while (descriptor < 0 && errno == EINTR);
    return descriptor < 0 ? -errno : descriptor;
}

static inline int cdrm_is_master(int descriptor) { return drmIsMaster(descriptor); }

static inline int cdrm_drop_master(int descriptor) { return cdrm_result(drmDropMaster(descriptor)); }

static inline int cdrm_enable_atomic(int descriptor) {
    int result = cdrm_result(drmSetClientCap(descriptor, DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1));
    return result < 0 ? result : cdrm_result(drmSetClientCap(descriptor, DRM_CLIENT_CAP_ATOMIC, 1));
}

/// 1 when the card has buffers that the processor can draw into.
static inline int cdrm_has_dumb_buffers(int descriptor) {
    uint64_t value = 0;
    int result = cdrm_result(drmGetCap(descriptor, DRM_CAP_DUMB_BUFFER, &value));
    return result < 0 ? result : value != 0;
}

static inline uint32_t cdrm_crtc_id(const drmModeRes *resources, int index) { return resources->crtcs[index]; }

/// The CRTCs that the connector's encoders can be fed from, one bit each in the order of the card's list.
static inline uint32_t cdrm_possible_crtcs(int descriptor, const drmModeConnector *connector) {
    uint32_t mask = 0;
    for (int index = 0; index < connector->count_encoders; index++) {
        drmModeEncoderPtr encoder = drmModeGetEncoder(descriptor, connector->encoders[index]);
        if (!encoder) continue;
        mask |= encoder->possible_crtcs;
        drmModeFreeEncoder(encoder);
    }
    return mask;
}

enum { cdrm_timing_size = sizeof(struct drm_mode_modeinfo) };

/// A mode's timing as the kernel wants it back, in cdrm_timing_size bytes; 1 when it is interlaced or stereo.
static inline int cdrm_timing(const drmModeConnector *connector, int index, void *timing) {
    memcpy(timing, &connector->modes[index], sizeof(struct drm_mode_modeinfo));
    return (connector->modes[index].flags & (DRM_MODE_FLAG_INTERLACE | DRM_MODE_FLAG_3D_MASK)) != 0;
}

static inline uint32_t cdrm_plane_id(const drmModePlaneRes *planes, uint32_t index) { return planes->planes[index]; }

static inline int cdrm_plane_shows_xrgb(const drmModePlane *plane) {
    for (uint32_t index = 0; index < plane->count_formats; index++) {
        if (plane->formats[index] == DRM_FORMAT_XRGB8888) return 1;
    }
    return 0;
}

static const uint32_t cdrm_object_crtc = DRM_MODE_OBJECT_CRTC;
static const uint32_t cdrm_object_connector = DRM_MODE_OBJECT_CONNECTOR;
static const uint32_t cdrm_object_plane = DRM_MODE_OBJECT_PLANE;

static inline uint32_t cdrm_property_id(const drmModeObjectProperties *properties, uint32_t index) {
    return properties->props[index];
}

static inline uint64_t cdrm_property_value(const drmModeObjectProperties *properties, uint32_t index) {
    return properties->prop_values[index];
}

/// A property's name into DRM_PROP_NAME_LEN bytes, ended by a zero.
static inline int cdrm_property_name(int descriptor, uint32_t id, char *name) {
    errno = 0;
    drmModePropertyPtr property = drmModeGetProperty(descriptor, id);
    if (!property) return errno ? -errno : -ENOENT;
    memcpy(name, property->name, DRM_PROP_NAME_LEN);
    name[DRM_PROP_NAME_LEN - 1] = 0;
    drmModeFreeProperty(property);
    return 0;
}

static inline int cdrm_create_blob(int descriptor, const void *bytes, size_t size, uint32_t *id) {
    return cdrm_result(drmModeCreatePropertyBlob(descriptor, bytes, size, id));
}

static inline int cdrm_destroy_blob(int descriptor, uint32_t id) {
    return cdrm_result(drmModeDestroyPropertyBlob(descriptor, id));
}

/// A buffer of 32 bits a picture element in memory that both sides see; the kernel fills it with zeros.
static inline int cdrm_create_buffer(
    int descriptor, uint32_t width, uint32_t height, uint32_t *handle, uint32_t *stride, uint64_t *size) {
    struct drm_mode_create_dumb request = {.width = width, .height = height, .bpp = 32};
    if (drmIoctl(descriptor, DRM_IOCTL_MODE_CREATE_DUMB, &request)) return -errno;
    *handle = request.handle;
    *stride = request.pitch;
    *size = request.size;
    return 0;
}

static inline int cdrm_destroy_buffer(int descriptor, uint32_t handle) {
    struct drm_mode_destroy_dumb request = {.handle = handle};
    return drmIoctl(descriptor, DRM_IOCTL_MODE_DESTROY_DUMB, &request) ? -errno : 0;
}

static inline int cdrm_map_buffer(int descriptor, uint32_t handle, uint64_t size, void **pixels) {
    struct drm_mode_map_dumb request = {.handle = handle};
    if (drmIoctl(descriptor, DRM_IOCTL_MODE_MAP_DUMB, &request)) return -errno;
    void *address = mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, (off_t)request.offset);
    if (address == MAP_FAILED) return -errno;
    *pixels = address;
    return 0;
}

static inline int cdrm_unmap_buffer(void *pixels, uint64_t size) { return munmap(pixels, size) ? -errno : 0; }

static inline int cdrm_add_framebuffer(
    int descriptor, uint32_t width, uint32_t height, uint32_t handle, uint32_t stride, uint32_t *id) {
    uint32_t handles[4] = {handle}, strides[4] = {stride}, offsets[4] = {0};
    return cdrm_result(
        drmModeAddFB2(descriptor, width, height, DRM_FORMAT_XRGB8888, handles, strides, offsets, id, 0));
}

/// Also turns off whatever still shows it.
static inline int cdrm_remove_framebuffer(int descriptor, uint32_t id) {
    return cdrm_result(drmModeRmFB(descriptor, id));
}

/// Lets go of a framebuffer but leaves it on the screen (Linux 6.8; −EINVAL before).
static inline int cdrm_close_framebuffer(int descriptor, uint32_t id) {
    struct {
        uint32_t id, padding;
    } request = {id, 0};
    return drmIoctl(descriptor, DRM_IOWR(0xD0, request), &request) ? -errno : 0;
}

/// One property of one object.
struct cdrm_setting {
    uint32_t object;
    uint32_t property;
    uint64_t value;
};

enum { cdrm_setting_limit = 256 };

static const uint32_t cdrm_commit_event = DRM_MODE_PAGE_FLIP_EVENT;
static const uint32_t cdrm_commit_test = DRM_MODE_ATOMIC_TEST_ONLY;
static const uint32_t cdrm_commit_nonblocking = DRM_MODE_ATOMIC_NONBLOCK;
static const uint32_t cdrm_commit_modeset = DRM_MODE_ATOMIC_ALLOW_MODESET;

/// All settings at once or none; those of one object lie together. Without libdrm's requests, which allocate.
static inline int cdrm_commit(
    int descriptor, const struct cdrm_setting *settings, int count, uint32_t flags, uint64_t token) {
    uint32_t objects[cdrm_setting_limit], counts[cdrm_setting_limit], properties[cdrm_setting_limit];
    uint64_t values[cdrm_setting_limit];
    if (count > cdrm_setting_limit) return -E2BIG;
    uint32_t used = 0;
    for (int index = 0; index < count; index++) {
        if (used == 0 || objects[used - 1] != settings[index].object) {
            objects[used] = settings[index].object;
            counts[used++] = 0;
        }
        counts[used - 1]++;
        properties[index] = settings[index].property;
        values[index] = settings[index].value;
    }
    struct drm_mode_atomic request = {
        .flags = flags, .count_objs = used, .objs_ptr = (uint64_t)(uintptr_t)objects,
        .count_props_ptr = (uint64_t)(uintptr_t)counts, .props_ptr = (uint64_t)(uintptr_t)properties,
        .prop_values_ptr = (uint64_t)(uintptr_t)values, .user_data = token};
    return drmIoctl(descriptor, DRM_IOCTL_MODE_ATOMIC, &request) ? -errno : 0;
}

/// A page flip that has happened: CLOCK_MONOTONIC, 0 where the driver does not say, and what the commit was given.
struct cdrm_flip {
    int64_t nanoseconds;
    uint64_t token;
};

/// The flips that have happened since, at most `capacity`; 0 when there are none. Give room for 16.
static inline int cdrm_read_flips(int descriptor, struct cdrm_flip *flips, int capacity) {
    // The kernel hands out whole events only, and an event of a flip has 32 bytes.
    char bytes[16 * sizeof(struct drm_event_vblank)];
    ssize_t length;
    do {
        length = read(descriptor, bytes, sizeof bytes);
    } while (length < 0 && errno == EINTR);
    if (length < 0) return errno == EAGAIN ? 0 : -errno;
    int count = 0;
    for (size_t offset = 0; offset + sizeof(struct drm_event) <= (size_t)length;) {
        struct drm_event_vblank event;
        memset(&event, 0, sizeof event);
        memcpy(&event.base, bytes + offset, sizeof event.base);
        if (event.base.length < sizeof event.base || offset + event.base.length > (size_t)length) break;
        if (event.base.type == DRM_EVENT_FLIP_COMPLETE && event.base.length >= sizeof event && count < capacity) {
            memcpy(&event, bytes + offset, sizeof event);
            flips[count].nanoseconds = (int64_t)event.tv_sec * 1000000000 + (int64_t)event.tv_usec * 1000;
            flips[count++].token = event.user_data;
        }
        offset += event.base.length;
    }
    return count;
}

#endif

// libdrm: cards, connectors and their monitors (target Hardware).
#ifndef CDRM_SHIM_H
#define CDRM_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

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

#endif

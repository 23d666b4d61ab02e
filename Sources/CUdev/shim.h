// libudev: which devices there are, under which names, and word of their coming and going (target Hardware). Swift
// imports most of it as it stands.
#ifndef CUDEV_SHIM_H
#define CUDEV_SHIM_H

#include <errno.h>
#include <libudev.h>

/// The next device that has come, gone or changed, to be freed with udev_device_unref; NULL, and −errno in `failure`:
/// −EAGAIN when there is none, −ENOBUFS when there were more than the socket could hold.
static inline struct udev_device *cudev_monitor_receive(struct udev_monitor *monitor, int *failure) {
    struct udev_device *device;
    do {
        errno = 0;
        device = udev_monitor_receive_device(monitor);
    } while (!device && errno == EINTR);
    *failure = device ? 0 : errno ? -errno : -EAGAIN;
    return device;
}

#endif

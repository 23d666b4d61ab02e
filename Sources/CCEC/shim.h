// HDMI-CEC adapters of the kernel (linux/cec.h; target Hardware, folder CEC). All return 0 or more, or −errno.
#ifndef CCEC_SHIM_H
#define CCEC_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <linux/cec.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static inline int ccec_ioctl(int descriptor, unsigned long request, void *argument) {
    int result;
    do {
        result = ioctl(descriptor, request, argument);
    } while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

/// Its descriptor; nothing that is done with it waits.
static inline int ccec_open(const char *path) {
    int descriptor;
    do {
        descriptor = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    } while (descriptor < 0 && errno == EINTR);
    return descriptor < 0 ? -errno : descriptor;
}

static inline void ccec_close(int descriptor) { close(descriptor); }

/// CEC_CAP_…
static inline int ccec_capabilities(int descriptor, uint32_t *capabilities) {
    struct cec_caps caps;
    memset(&caps, 0, sizeof caps);
    int result = ccec_ioctl(descriptor, CEC_ADAP_G_CAPS, &caps);
    *capabilities = caps.capabilities;
    return result;
}

static const uint32_t ccec_cap_physical_address = CEC_CAP_PHYS_ADDR;
static const uint32_t ccec_cap_logical_addresses = CEC_CAP_LOG_ADDRS;
static const uint32_t ccec_cap_transmit = CEC_CAP_TRANSMIT;

/// 1 and the connector that the adapter belongs to, 0 when the kernel does not know it.
static inline int ccec_connector(int descriptor, uint32_t *card, uint32_t *connector) {
    struct cec_connector_info info;
    memset(&info, 0, sizeof info);
    int result = ccec_ioctl(descriptor, CEC_ADAP_G_CONNECTOR_INFO, &info);
    if (result == -ENOTTY) return 0;
    if (result < 0) return result;
    *card = info.drm.card_no;
    *connector = info.drm.connector_id;
    return info.type == CEC_CONNECTOR_TYPE_DRM;
}

static inline int ccec_physical_address(int descriptor, uint16_t *address) {
    return ccec_ioctl(descriptor, CEC_ADAP_G_PHYS_ADDR, address);
}

static inline int ccec_set_physical_address(int descriptor, uint16_t address) {
    return ccec_ioctl(descriptor, CEC_ADAP_S_PHYS_ADDR, &address);
}

/// The logical addresses that are claimed now, one bit each.
static inline int ccec_logical_addresses(int descriptor, uint16_t *mask) {
    struct cec_log_addrs addresses;
    memset(&addresses, 0, sizeof addresses);
    int result = ccec_ioctl(descriptor, CEC_ADAP_G_LOG_ADDRS, &addresses);
    *mask = addresses.log_addr_mask;
    return result;
}

/// Gives up what an earlier program has claimed, and claims the address of a playback device; the kernel does it, now or
/// when there is a physical address, and tells by a state change. CEC 1.4, which every television speaks.
static inline int ccec_claim_playback(int descriptor, const char *name) {
    struct cec_log_addrs addresses;
    memset(&addresses, 0, sizeof addresses);
    int result = ccec_ioctl(descriptor, CEC_ADAP_S_LOG_ADDRS, &addresses);
    if (result < 0) return result;
    addresses.cec_version = CEC_OP_CEC_VERSION_1_4;
    addresses.num_log_addrs = 1;
    addresses.vendor_id = CEC_VENDOR_ID_NONE;
    addresses.primary_device_type[0] = CEC_OP_PRIM_DEVTYPE_PLAYBACK;
    addresses.log_addr_type[0] = CEC_LOG_ADDR_TYPE_PLAYBACK;
    addresses.all_device_types[0] = CEC_OP_ALL_DEVTYPE_PLAYBACK;
    strncpy(addresses.osd_name, name, sizeof addresses.osd_name - 1);
    return ccec_ioctl(descriptor, CEC_ADAP_S_LOG_ADDRS, &addresses);
}

/// May send, and gets what others send to us.
static inline int ccec_follow(int descriptor) {
    uint32_t mode = CEC_MODE_INITIATOR | CEC_MODE_FOLLOWER;
    return ccec_ioctl(descriptor, CEC_S_MODE, &mode);
}

/// Hands a message of 1…16 bytes to the kernel; `sequence` comes back with the result.
static inline int ccec_transmit(int descriptor, const uint8_t *bytes, int length, uint32_t *sequence) {
    struct cec_msg message;
    memset(&message, 0, sizeof message);
    if (length < 1 || length > CEC_MAX_MSG_SIZE) return -EINVAL;
    memcpy(message.msg, bytes, (size_t)length);
    message.len = (uint32_t)length;
    int result = ccec_ioctl(descriptor, CEC_TRANSMIT, &message);
    *sequence = message.sequence;
    return result;
}

/// 1: a message of `*length` bytes from another device, in 16 bytes. 2: what has become of the one with `*sequence`;
/// `*is_sent` tells whether it was acknowledged. 0: nothing.
static inline int ccec_receive(int descriptor, uint8_t *bytes, int *length, uint32_t *sequence, int *is_sent) {
    struct cec_msg message;
    memset(&message, 0, sizeof message);
    int result = ccec_ioctl(descriptor, CEC_RECEIVE, &message);
    if (result == -EAGAIN || result == -ETIMEDOUT) return 0;
    if (result < 0) return result;
    *sequence = message.sequence;
    if (cec_msg_recv_is_tx_result(&message)) {
        *is_sent = (message.tx_status & CEC_TX_STATUS_OK) != 0;
        return 2;
    }
    *length = message.len > CEC_MAX_MSG_SIZE ? CEC_MAX_MSG_SIZE : (int)message.len;
    memcpy(bytes, message.msg, CEC_MAX_MSG_SIZE);
    return 1;
}

/// 1: the addresses are others now. 2: some other event. 0: nothing.
static inline int ccec_event(int descriptor, uint16_t *physical, uint16_t *logical) {
    struct cec_event event;
    memset(&event, 0, sizeof event);
    int result = ccec_ioctl(descriptor, CEC_DQEVENT, &event);
    if (result == -EAGAIN) return 0;
    if (result < 0) return result;
    if (event.event != CEC_EVENT_STATE_CHANGE) return 2;
    *physical = event.state_change.phys_addr;
    *logical = event.state_change.log_addr_mask;
    return 1;
}

#endif

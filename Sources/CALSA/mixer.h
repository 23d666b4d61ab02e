// libasound: volume and mute of a card, by its simple mixer.
#ifndef CALSA_MIXER_H
#define CALSA_MIXER_H

#include <alsa/asoundlib.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

static inline void calsa_mixer_close(snd_mixer_t *mixer) {
    if (mixer) snd_mixer_close(mixer);
}

/// Opens the mixer of a card (`hw:PCH`) with its elements. NULL, and −errno in `failure`.
static inline snd_mixer_t *calsa_mixer_open(const char *card, int *failure) {
    snd_mixer_t *mixer = 0;
    int result = snd_mixer_open(&mixer, 0);
    if (result >= 0) result = snd_mixer_attach(mixer, card);
    if (result >= 0) result = snd_mixer_selem_register(mixer, 0, 0);
    if (result >= 0) result = snd_mixer_load(mixer);
    *failure = result < 0 ? result : 0;
    if (result >= 0) return mixer;
    calsa_mixer_close(mixer);
    return 0;
}

/// The elements one after the other; NULL after the last.
static inline snd_mixer_elem_t *calsa_mixer_next(snd_mixer_t *mixer, snd_mixer_elem_t *element) {
    return element ? snd_mixer_elem_next(element) : snd_mixer_first_elem(mixer);
}

/// The element of that name, NULL when there is none any more. Not to be kept: whenever the card says that one of an
/// element's controls has changed its kind or is gone (SND_CTL_EVENT_MASK_INFO, _REMOVE), snd_mixer_handle_events frees
/// the element, and makes another where there are still controls.
static inline snd_mixer_elem_t *calsa_mixer_find(snd_mixer_t *mixer, const char *name, unsigned index) {
    snd_mixer_selem_id_t *id;
    snd_mixer_selem_id_alloca(&id);
    snd_mixer_selem_id_set_name(id, name);
    snd_mixer_selem_id_set_index(id, index);
    return snd_mixer_find_selem(mixer, id);
}

static inline unsigned calsa_mixer_index(snd_mixer_elem_t *element) { return snd_mixer_selem_get_index(element); }
static inline int calsa_mixer_is_active(snd_mixer_elem_t *element) { return snd_mixer_selem_is_active(element); }
static inline const char *calsa_mixer_name(snd_mixer_elem_t *element) { return snd_mixer_selem_get_name(element); }

static inline int calsa_mixer_has_volume(snd_mixer_elem_t *element, int is_capture) {
    return is_capture ? snd_mixer_selem_has_capture_volume(element) : snd_mixer_selem_has_playback_volume(element);
}
static inline int calsa_mixer_has_switch(snd_mixer_elem_t *element, int is_capture) {
    return is_capture ? snd_mixer_selem_has_capture_switch(element) : snd_mixer_selem_has_playback_switch(element);
}

/// The steps of the volume, and its hundredths of a decibel where the card knows them (0, otherwise −errno).
static inline int calsa_mixer_range(snd_mixer_elem_t *element, int is_capture, long *least, long *most) {
    return is_capture ? snd_mixer_selem_get_capture_volume_range(element, least, most)
                      : snd_mixer_selem_get_playback_volume_range(element, least, most);
}
static inline int calsa_mixer_decibel_range(snd_mixer_elem_t *element, int is_capture, long *least, long *most) {
    return is_capture ? snd_mixer_selem_get_capture_dB_range(element, least, most)
                      : snd_mixer_selem_get_playback_dB_range(element, least, most);
}

static inline int calsa_mixer_volume(snd_mixer_elem_t *element, int is_capture, long *value) {
    return is_capture ? snd_mixer_selem_get_capture_volume(element, SND_MIXER_SCHN_MONO, value)
                      : snd_mixer_selem_get_playback_volume(element, SND_MIXER_SCHN_MONO, value);
}
static inline int calsa_mixer_decibels(snd_mixer_elem_t *element, int is_capture, long *value) {
    return is_capture ? snd_mixer_selem_get_capture_dB(element, SND_MIXER_SCHN_MONO, value)
                      : snd_mixer_selem_get_playback_dB(element, SND_MIXER_SCHN_MONO, value);
}
static inline int calsa_mixer_set_volume(snd_mixer_elem_t *element, int is_capture, long value) {
    return is_capture ? snd_mixer_selem_set_capture_volume_all(element, value)
                      : snd_mixer_selem_set_playback_volume_all(element, value);
}
static inline int calsa_mixer_set_decibels(snd_mixer_elem_t *element, int is_capture, long value) {
    return is_capture ? snd_mixer_selem_set_capture_dB_all(element, value, 1)
                      : snd_mixer_selem_set_playback_dB_all(element, value, 1);
}

/// 1 where sound passes, 0 where it is muted, −errno.
static inline int calsa_mixer_switch(snd_mixer_elem_t *element, int is_capture) {
    int value = 0;
    int result = is_capture ? snd_mixer_selem_get_capture_switch(element, SND_MIXER_SCHN_MONO, &value)
                            : snd_mixer_selem_get_playback_switch(element, SND_MIXER_SCHN_MONO, &value);
    return result < 0 ? result : value != 0;
}
static inline int calsa_mixer_set_switch(snd_mixer_elem_t *element, int is_capture, int value) {
    return is_capture ? snd_mixer_selem_set_capture_switch_all(element, value)
                      : snd_mixer_selem_set_playback_switch_all(element, value);
}

/// Sleeps until the mixer has changed (1, and the change is taken in) or `interrupt` is readable (2). −errno; −ENODEV
/// when the card is gone.
static inline int calsa_mixer_wait(snd_mixer_t *mixer, int interrupt) {
    struct pollfd descriptors[8];
    int count = snd_mixer_poll_descriptors_count(mixer);
    if (count < 0) return count;
    if (count > 7) return -E2BIG;
    count = snd_mixer_poll_descriptors(mixer, descriptors, (unsigned)count);
    if (count < 0) return count;
    descriptors[count].fd = interrupt;
    descriptors[count].events = POLLIN;
    descriptors[count].revents = 0;
    int result = poll(descriptors, (nfds_t)count + 1, -1);
    if (result < 0) return errno == EINTR ? 1 : -errno;
    if (descriptors[count].revents) return 2;
    unsigned short events = 0;
    result = snd_mixer_poll_descriptors_revents(mixer, descriptors, (unsigned)count, &events);
    if (result < 0) return result;
    if (events & (POLLERR | POLLNVAL | POLLHUP)) return -ENODEV;
    result = snd_mixer_handle_events(mixer);
    return result < 0 ? result : 1;
}

#endif

// libasound: playing and recording.
#ifndef CALSA_PCM_H
#define CALSA_PCM_H

#include <alsa/asoundlib.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>

/// An open PCM, and what the calls on its way to running, and those of the audio thread, need to be at hand.
struct calsa_pcm {
    snd_pcm_t *handle;
    snd_config_t *configuration;
    snd_pcm_hw_params_t *hardware;
    snd_pcm_sw_params_t *software;
    snd_pcm_status_t *status;
    /// The PCM's, with one place more at the end for the descriptor that interrupts a wait.
    struct pollfd *descriptors;
    int descriptor_count;
};

struct calsa_pcm_status {
    int state;
    int64_t available, delay;
    /// CLOCK_MONOTONIC in nanoseconds, 0 where the PCM knows none.
    int64_t timestamp;
};

static inline void calsa_pcm_close(struct calsa_pcm *pcm) {
    if (!pcm) return;
    if (pcm->handle) snd_pcm_close(pcm->handle);
    if (pcm->configuration) snd_config_delete(pcm->configuration);
    if (pcm->hardware) snd_pcm_hw_params_free(pcm->hardware);
    if (pcm->software) snd_pcm_sw_params_free(pcm->software);
    if (pcm->status) snd_pcm_status_free(pcm->status);
    free(pcm->descriptors);
    free(pcm);
}

/// Opens a PCM without waiting for it. `text` is a configuration of its own in libasound's language, or NULL for the
/// machine's, of which card files (`cards`) are not read then. NULL, and −errno in `failure`.
static inline struct calsa_pcm *calsa_pcm_open(const char *name, int is_capture, const char *text, int *failure) {
    struct calsa_pcm *pcm = (struct calsa_pcm *)calloc(1, sizeof *pcm);
    snd_pcm_stream_t stream = is_capture ? SND_PCM_STREAM_CAPTURE : SND_PCM_STREAM_PLAYBACK;
    // What it does on its own to the sound would be of lesser quality than our own, or hide what the card is.
    int mode = SND_PCM_NONBLOCK | SND_PCM_NO_AUTO_RESAMPLE | SND_PCM_NO_SOFTVOL;
    int result = pcm ? 0 : -ENOMEM;
    if (result >= 0 && text) result = snd_config_load_string(&pcm->configuration, text, 0);
    if (result >= 0)
        result = text ? snd_pcm_open_lconf(&pcm->handle, name, stream, mode, pcm->configuration)
                      : snd_pcm_open(&pcm->handle, name, stream, mode);
    if (result >= 0) result = snd_pcm_hw_params_malloc(&pcm->hardware);
    if (result >= 0) result = snd_pcm_sw_params_malloc(&pcm->software);
    if (result >= 0) result = snd_pcm_status_malloc(&pcm->status);
    *failure = result < 0 ? result : 0;
    if (result >= 0) return pcm;
    calsa_pcm_close(pcm);
    return 0;
}

// MARK: - Negotiation

/// Begins with all that the card can, in interleaved samples.
static inline int calsa_pcm_begin(struct calsa_pcm *pcm) {
    int result = snd_pcm_hw_params_any(pcm->handle, pcm->hardware);
    if (result >= 0) result = snd_pcm_hw_params_set_rate_resample(pcm->handle, pcm->hardware, 0);
    if (result >= 0) result = snd_pcm_hw_params_set_access(pcm->handle, pcm->hardware, SND_PCM_ACCESS_RW_INTERLEAVED);
    return result < 0 ? result : 0;
}

static inline int calsa_pcm_has_rate(struct calsa_pcm *pcm, unsigned rate) {
    return snd_pcm_hw_params_test_rate(pcm->handle, pcm->hardware, rate, 0) == 0;
}
static inline int calsa_pcm_set_rate(struct calsa_pcm *pcm, unsigned rate) {
    return snd_pcm_hw_params_set_rate(pcm->handle, pcm->hardware, rate, 0);
}
static inline int calsa_pcm_has_format(struct calsa_pcm *pcm, snd_pcm_format_t format) {
    return snd_pcm_hw_params_test_format(pcm->handle, pcm->hardware, format) == 0;
}
static inline int calsa_pcm_set_format(struct calsa_pcm *pcm, snd_pcm_format_t format) {
    return snd_pcm_hw_params_set_format(pcm->handle, pcm->hardware, format);
}
static inline int calsa_pcm_has_channels(struct calsa_pcm *pcm, unsigned channels) {
    return snd_pcm_hw_params_test_channels(pcm->handle, pcm->hardware, channels) == 0;
}
static inline int calsa_pcm_set_channels(struct calsa_pcm *pcm, unsigned channels) {
    return snd_pcm_hw_params_set_channels(pcm->handle, pcm->hardware, channels);
}

/// The bounds of what is still to be chosen.
static inline void calsa_pcm_bounds(const struct calsa_pcm *pcm, unsigned *least_rate, unsigned *most_rate,
                                    unsigned *least_channels, unsigned *most_channels) {
    *least_rate = *most_rate = *least_channels = *most_channels = 0;
    snd_pcm_hw_params_get_rate_min(pcm->hardware, least_rate, 0);
    snd_pcm_hw_params_get_rate_max(pcm->hardware, most_rate, 0);
    snd_pcm_hw_params_get_channels_min(pcm->hardware, least_channels);
    snd_pcm_hw_params_get_channels_max(pcm->hardware, most_channels);
}

/// Settles on a period and a buffer near these frames, which then are what the card took. −errno.
static inline int calsa_pcm_commit(struct calsa_pcm *pcm, unsigned long *period, unsigned long *buffer) {
    int direction = 0;
    int result = snd_pcm_hw_params_set_period_size_near(pcm->handle, pcm->hardware, period, &direction);
    if (result >= 0) result = snd_pcm_hw_params_set_buffer_size_near(pcm->handle, pcm->hardware, buffer);
    if (result >= 0) result = snd_pcm_hw_params(pcm->handle, pcm->hardware);
    if (result >= 0) result = snd_pcm_hw_params_get_period_size(pcm->hardware, period, &direction);
    if (result >= 0) result = snd_pcm_hw_params_get_buffer_size(pcm->hardware, buffer);
    return result < 0 ? result : 0;
}

/// How it runs: started by hand, waking when so many frames can be read or written, with times of CLOCK_MONOTONIC.
static inline int calsa_pcm_set_running(struct calsa_pcm *pcm, unsigned long wake_at) {
    snd_pcm_uframes_t boundary = 0;
    int result = snd_pcm_sw_params_current(pcm->handle, pcm->software);
    if (result >= 0) result = snd_pcm_sw_params_get_boundary(pcm->software, &boundary);
    if (result >= 0) result = snd_pcm_sw_params_set_start_threshold(pcm->handle, pcm->software, boundary);
    if (result >= 0) result = snd_pcm_sw_params_set_avail_min(pcm->handle, pcm->software, wake_at);
    if (result >= 0) result = snd_pcm_sw_params_set_tstamp_mode(pcm->handle, pcm->software, SND_PCM_TSTAMP_ENABLE);
    // Old plugins know one clock only; times far from now are not used.
    if (result >= 0) snd_pcm_sw_params_set_tstamp_type(pcm->handle, pcm->software, SND_PCM_TSTAMP_TYPE_MONOTONIC);
    if (result >= 0) result = snd_pcm_sw_params(pcm->handle, pcm->software);
    if (result < 0) return result;
    int count = snd_pcm_poll_descriptors_count(pcm->handle);
    if (count < 0) return count;
    free(pcm->descriptors);
    pcm->descriptors = (struct pollfd *)calloc((size_t)count + 1, sizeof *pcm->descriptors);
    if (!pcm->descriptors) return -ENOMEM;
    pcm->descriptor_count = count;
    return 0;
}

// MARK: - Running

static inline int calsa_pcm_prepare(struct calsa_pcm *pcm) { return snd_pcm_prepare(pcm->handle); }
static inline int calsa_pcm_start(struct calsa_pcm *pcm) { return snd_pcm_start(pcm->handle); }
/// Stops at once and forgets what is held.
static inline int calsa_pcm_drop(struct calsa_pcm *pcm) { return snd_pcm_drop(pcm->handle); }
static inline int calsa_pcm_resume(struct calsa_pcm *pcm) { return snd_pcm_resume(pcm->handle); }

static inline int calsa_pcm_get_status(struct calsa_pcm *pcm, struct calsa_pcm_status *answer) {
    int result;
    do result = snd_pcm_status(pcm->handle, pcm->status);
    while (result == -EINTR);
    if (result < 0) return result;
    snd_htimestamp_t time;
    snd_pcm_status_get_htstamp(pcm->status, &time);
    answer->state = (int)snd_pcm_status_get_state(pcm->status);
    answer->available = (int64_t)snd_pcm_status_get_avail(pcm->status);
    answer->delay = (int64_t)snd_pcm_status_get_delay(pcm->status);
    answer->timestamp = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
    return 0;
}

/// Frames read, or −errno.
static inline long calsa_pcm_read(struct calsa_pcm *pcm, void *samples, unsigned long frames) {
    long result;
    do result = snd_pcm_readi(pcm->handle, samples, frames);
    while (result == -EINTR);
    return result;
}

/// Frames written, or −errno.
static inline long calsa_pcm_write(struct calsa_pcm *pcm, const void *samples, unsigned long frames) {
    long result;
    do result = snd_pcm_writei(pcm->handle, samples, frames);
    while (result == -EINTR);
    return result;
}

/// Sleeps until the PCM has something to say (1), the time is over (0) or `interrupt` is readable (2). −errno.
static inline int calsa_pcm_wait(struct calsa_pcm *pcm, int interrupt, int milliseconds) {
    int count = snd_pcm_poll_descriptors(pcm->handle, pcm->descriptors, (unsigned)pcm->descriptor_count);
    if (count < 0) return count;
    pcm->descriptors[count].fd = interrupt;
    pcm->descriptors[count].events = POLLIN;
    pcm->descriptors[count].revents = 0;
    int result = poll(pcm->descriptors, (nfds_t)count + 1, milliseconds);
    if (result < 0) return errno == EINTR ? 1 : -errno;
    if (pcm->descriptors[count].revents) return 2;
    if (result == 0) return 0;
    // Plugins have other events than those of their descriptors, and must be told of them.
    unsigned short events = 0;
    result = snd_pcm_poll_descriptors_revents(pcm->handle, pcm->descriptors, (unsigned)count, &events);
    return result < 0 ? result : 1;
}

/// Sleeps until the time is over (0) or `interrupt` is readable (2).
static inline int calsa_pause(int interrupt, int milliseconds) {
    struct pollfd descriptor = {.fd = interrupt, .events = POLLIN};
    return poll(&descriptor, 1, milliseconds) > 0 ? 2 : 0;
}

#endif

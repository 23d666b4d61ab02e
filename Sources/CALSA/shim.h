// libasound for the target Hardware: here the control interface of sound cards, for enumeration.
#ifndef CALSA_SHIM_H
#define CALSA_SHIM_H

#include <alsa/asoundlib.h>
#include <errno.h>
#include <stdlib.h>

#include "mixer.h"
#include "pcm.h"

/// One sound card's control interface and the answers to the last questions about it.
struct calsa_card {
    snd_ctl_t *control;
    snd_ctl_card_info_t *info;
    snd_pcm_info_t *pcm;
};

static inline void calsa_silence(const char *file, int line, const char *function, int error, const char *format, ...) {
    (void)file, (void)line, (void)function, (void)error, (void)format;
}

/// libasound writes its errors to standard error unless told otherwise; ours are values.
static inline void calsa_silence_errors(void) { snd_lib_error_set_handler(calsa_silence); }

static inline void calsa_card_close(struct calsa_card *card) {
    if (!card) return;
    if (card->pcm) snd_pcm_info_free(card->pcm);
    if (card->info) snd_ctl_card_info_free(card->info);
    if (card->control) snd_ctl_close(card->control);
    free(card);
}

/// Opens the control interface of the card with this number, without waiting for it. NULL, and −errno in `failure`.
static inline struct calsa_card *calsa_card_open(int number, int *failure) {
    struct calsa_card *card = (struct calsa_card *)calloc(1, sizeof *card);
    char name[32];
    snprintf(name, sizeof name, "hw:%d", number);
    int result = card ? snd_ctl_open(&card->control, name, SND_CTL_NONBLOCK) : -ENOMEM;
    if (result >= 0) result = snd_ctl_card_info_malloc(&card->info);
    if (result >= 0) result = snd_pcm_info_malloc(&card->pcm);
    if (result >= 0) result = snd_ctl_card_info(card->control, card->info);
    *failure = result < 0 ? result : 0;
    if (result >= 0) return card;
    calsa_card_close(card);
    return 0;
}

static inline const char *calsa_card_id(const struct calsa_card *card) { return snd_ctl_card_info_get_id(card->info); }
static inline const char *calsa_card_name(const struct calsa_card *card) {
    return snd_ctl_card_info_get_name(card->info);
}

/// The PCM after `device` (−1: the first): its number, −1 when there are no more, or −errno below −1 in `failure`.
static inline int calsa_card_next_pcm(const struct calsa_card *card, int device, int *failure) {
    int result = snd_ctl_pcm_next_device(card->control, &device);
    *failure = result < 0 ? result : 0;
    return result < 0 ? -1 : device;
}

/// Asks about one direction of a PCM; 0, −ENOENT when it has no such direction, or another −errno.
static inline int calsa_card_ask_pcm(struct calsa_card *card, int device, int is_capture) {
    snd_pcm_info_set_device(card->pcm, (unsigned)device);
    snd_pcm_info_set_subdevice(card->pcm, 0);
    snd_pcm_info_set_stream(card->pcm, is_capture ? SND_PCM_STREAM_CAPTURE : SND_PCM_STREAM_PLAYBACK);
    return snd_ctl_pcm_info(card->control, card->pcm);
}

/// The name of the PCM last asked about.
static inline const char *calsa_pcm_name(const struct calsa_card *card) { return snd_pcm_info_get_name(card->pcm); }

#endif

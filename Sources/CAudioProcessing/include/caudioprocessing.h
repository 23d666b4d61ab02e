// Echo cancellation, noise suppression and gain control of webrtc-audio-processing 0.3 as plain C.
//
// Sound is mono, 48 kHz, float in −1…1, in blocks of 480. One thread calls everything but create and destroy.
#ifndef CAUDIOPROCESSING_H
#define CAUDIOPROCESSING_H

#ifdef __cplusplus
extern "C" {
#endif

enum caudioprocessing_component {
    caudioprocessing_echo = 1,
    caudioprocessing_noise = 2,
    caudioprocessing_gain = 4,
    caudioprocessing_high_pass = 8,
};

struct caudioprocessing;

/// How the echo canceller is set up; both trade against each other, see Docs.
struct caudioprocessing_options {
    /// A filter of 128 ms instead of 48 ms, slower to believe a change of the told delay.
    int extended_filter;
    /// The delay is estimated from the signals; what is told is not used.
    int delay_agnostic;
    /// 0 low, 1 moderate, 2 high.
    int suppression;
    /// 0 low, 1 moderate, 2 high, 3 very high.
    int noise_level;
};

/// Makes a processor with nothing switched on but everything made, so that switching allocates nothing. NULL when the
/// library refuses.
struct caudioprocessing *caudioprocessing_create(const struct caudioprocessing_options *options);
void caudioprocessing_destroy(struct caudioprocessing *processing);

/// Switches on exactly these components (of `caudioprocessing_component`). What was off begins afresh. 0 or an error of the library.
int caudioprocessing_enable(struct caudioprocessing *processing, unsigned components);

/// Takes note of a block that is about to be played. 0 or an error of the library.
int caudioprocessing_analyze(struct caudioprocessing *processing, const float *played);

/// Cleans a captured block in place.
/// `delay` is in milliseconds from a sample's being analyzed to its echo's being processed here; 0…500.
int caudioprocessing_process(struct caudioprocessing *processing, float *block, int delay);

/// What the canceller itself says of its work: 1 when the block just processed may hold echo.
int caudioprocessing_has_echo(const struct caudioprocessing *processing);

#ifdef __cplusplus
}
#endif
#endif

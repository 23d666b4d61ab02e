#include "caudioprocessing.h"

#include <cstring>
#include <new>

// As the library was built; its headers ask for them.
#define WEBRTC_AUDIO_PROCESSING_ONLY_BUILD
#define WEBRTC_POSIX
#include <webrtc/modules/audio_processing/include/audio_processing.h>

namespace {

constexpr int sampleRate = 48000;
constexpr int blockSize = 480;

// Allocated once: `StreamConfig` is a plain value.
const webrtc::StreamConfig mono(sampleRate, 1);

}  // namespace

struct caudioprocessing {
    webrtc::AudioProcessing *engine;
    unsigned enabled;
    // The library wants somewhere to write the far end to, although it does not change it.
    float reverse[blockSize];
};

static int enableOne(caudioprocessing *processing, unsigned component, bool isOn) {
    webrtc::AudioProcessing *engine = processing->engine;
    switch (component) {
        case caudioprocessing_echo: return engine->echo_cancellation()->Enable(isOn);
        case caudioprocessing_noise: return engine->noise_suppression()->Enable(isOn);
        case caudioprocessing_gain: return engine->gain_control()->Enable(isOn);
        default: return engine->high_pass_filter()->Enable(isOn);
    }
}

extern "C" struct caudioprocessing *caudioprocessing_create(const struct caudioprocessing_options *options) {
    // No exception may pass through C.
    try {
        webrtc::Config config;
        config.Set<webrtc::ExtendedFilter>(new webrtc::ExtendedFilter(options->extended_filter != 0));
        config.Set<webrtc::DelayAgnostic>(new webrtc::DelayAgnostic(options->delay_agnostic != 0));
        // That gain control wants to move the card's volume, which people and keys also do.
        config.Set<webrtc::ExperimentalAgc>(new webrtc::ExperimentalAgc(false));
        webrtc::AudioProcessing *engine = webrtc::AudioProcessing::Create(config);
        if (!engine) return nullptr;
        caudioprocessing *processing = new (std::nothrow) caudioprocessing();
        if (!processing) {
            delete engine;
            return nullptr;
        }
        processing->engine = engine;
        webrtc::ProcessingConfig streams;
        for (int index = 0; index < webrtc::ProcessingConfig::kNumStreamNames; ++index) streams.streams[index] = mono;
        int failure = engine->Initialize(streams);
        failure |= engine->echo_cancellation()->enable_drift_compensation(false);
        failure |= engine->echo_cancellation()->set_suppression_level(
            static_cast<webrtc::EchoCancellation::SuppressionLevel>(options->suppression));
        failure |= engine->noise_suppression()->set_level(
            static_cast<webrtc::NoiseSuppression::Level>(options->noise_level));
        failure |= engine->gain_control()->set_mode(webrtc::GainControl::kAdaptiveDigital);
        failure |= engine->gain_control()->set_target_level_dbfs(6);
        failure |= engine->gain_control()->set_compression_gain_db(9);
        failure |= engine->gain_control()->enable_limiter(true);
        // Everything is made now and has seen a block, then switched off.
        failure |= caudioprocessing_enable(processing, 15);
        float silence[blockSize];
        memset(silence, 0, sizeof silence);
        for (int index = 0; index < 4; ++index) {
            failure |= caudioprocessing_analyze(processing, silence);
            failure |= caudioprocessing_process(processing, silence, 40);
        }
        failure |= caudioprocessing_enable(processing, 0);
        if (failure == 0) return processing;
        caudioprocessing_destroy(processing);
        return nullptr;
    } catch (...) {
        return nullptr;
    }
}

extern "C" void caudioprocessing_destroy(struct caudioprocessing *processing) {
    if (!processing) return;
    delete processing->engine;
    delete processing;
}

extern "C" int caudioprocessing_enable(struct caudioprocessing *processing, unsigned components) {
    int failure = 0;
    for (unsigned component = 1; component <= caudioprocessing_high_pass; component <<= 1) {
        if (((processing->enabled ^ components) & component) == 0) continue;
        int result = enableOne(processing, component, (components & component) != 0);
        if (result != 0) failure = result;
    }
    processing->enabled = components;
    return failure;
}

extern "C" int caudioprocessing_analyze(struct caudioprocessing *processing, const float *played) {
    const float *source[1] = {played};
    float *target[1] = {processing->reverse};
    return processing->engine->ProcessReverseStream(source, mono, mono, target);
}

extern "C" int caudioprocessing_process(struct caudioprocessing *processing, float *block, int delay) {
    const float *source[1] = {block};
    float *target[1] = {block};
    // Out of range it is clamped and said with a warning, which is of no use here.
    processing->engine->set_stream_delay_ms(delay);
    int result = processing->engine->ProcessStream(source, mono, mono, target);
    return result == webrtc::AudioProcessing::kBadStreamParameterWarning ? 0 : result;
}

extern "C" int caudioprocessing_has_echo(const struct caudioprocessing *processing) {
    return processing->engine->echo_cancellation()->stream_has_echo() ? 1 : 0;
}
